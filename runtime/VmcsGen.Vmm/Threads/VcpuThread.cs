using System;
using System.Collections.Generic;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>The thread of one vCPU. Its state is guarded by the lock of <see cref="VcpuThreads"/>.</summary>
internal sealed class VcpuThread
{
    private readonly VcpuThreads _owner;
    private readonly VcpuExitHandler _handler;
    private readonly Thread _thread;
    private readonly Queue<VcpuWork> _work = [];

    // Whether nothing of the last exit is pending: only then do the registers say where the guest stands.
    private bool _isWhole = true;

    internal VcpuThread(VcpuThreads owner, KvmVcpu vcpu, VcpuExitHandler handler)
    {
        _owner = owner;
        _handler = handler;
        Vcpu = vcpu;
        _thread = new Thread(Run) { IsBackground = true, Name = $"vCPU {vcpu.Id}" };
    }

    internal KvmVcpu Vcpu { get; }

    /// <summary>Whether the vCPU stands between two instructions and waits.</summary>
    internal bool IsParked { get; private set; }

    /// <summary>How many want that the vCPU does not run.</summary>
    internal int Pauses { get; set; }

    /// <summary>Whether the thread has left its loop.</summary>
    internal bool HasEnded { get; private set; }

    internal bool IsCurrent => Thread.CurrentThread == _thread;

    internal bool HasWork => _work.Count > 0;

    internal void Start() => _thread.Start();

    internal void Join() => _thread.Join();

    internal void Enqueue(VcpuWork work) => _work.Enqueue(work);

    private void Run()
    {
        try
        {
            while (MayEnter())
            {
                var exit = Vcpu.Run();
                _isWhole = exit.Reason == KvmExitReason.Intr;
                if (!_isWhole && _handler(Vcpu, exit) == VcpuNext.Stop)
                    _owner.RequestStop();
            }
        }
        catch (Exception e)
        {
            _owner.Fail(e);
        }
        finally
        {
            lock (_owner.Gate)
            {
                HasEnded = true;
                while (_work.TryDequeue(out var work))
                    work.Refuse();
                _owner.NoteEnd();
            }
        }
    }

    /// <summary>Waits while the owner wants that nobody runs; false if the thread is to end.</summary>
    private bool MayEnter()
    {
        // A request that comes after this look has a kick behind it, which ends the Run to come.
        if (!_owner.HasRequests)
            return true;
        lock (_owner.Gate)
        {
            while (true)
            {
                if (!_owner.IsStopping && Pauses == 0 && !HasWork)
                    return true;
                if (!_isWhole)
                {
                    Vcpu.Kick(); // KVM completes the instruction, and does not enter the guest.
                    return true;
                }
                if (_work.TryDequeue(out var work))
                {
                    work.Do(Vcpu);
                    _owner.NoteRequests();
                    continue;
                }
                if (_owner.IsStopping)
                    return false;
                IsParked = true;
                Monitor.PulseAll(_owner.Gate);
                Monitor.Wait(_owner.Gate);
                IsParked = false;
            }
        }
    }
}
