using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>Something that a vCPU's thread does for another thread, which waits for it.</summary>
internal sealed class VcpuWork(Action<KvmVcpu> action)
{
    private ExceptionDispatchInfo? _failure;

    internal bool IsDone { get; private set; }

    internal void Do(KvmVcpu vcpu)
    {
        try
        {
            action(vcpu);
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        IsDone = true;
    }

    internal void Refuse()
    {
        _failure = ExceptionDispatchInfo.Capture(new InvalidOperationException("The vCPU's thread has ended."));
        IsDone = true;
    }

    /// <summary>Waits with the lock that guards this, and throws what the action threw.</summary>
    internal void Await(object gate)
    {
        while (!IsDone)
            Monitor.Wait(gate);
        _failure?.Throw();
    }
}
