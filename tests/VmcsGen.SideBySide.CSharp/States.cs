using System;
using System.IO;
using System.Linq;
using VmcsGen.Kvm;

namespace VmcsGen.SideBySide;

// VMs that are captured, restored, spawned and taken back, as states.h has it: files are written in memory (tmpfs), where no disk adds
// its time, and the memory holds 32 pages in one place and a guest in another.

/// <summary>A VM with much memory, of which little is in use.</summary>
internal sealed class SparseMachine
{
    private const int UsedPages = 32;
    private const ulong UsedAt = 0x1000_0000;

    public SparseMachine(ulong size)
    {
        Machine = Machine.Create("page_writes", cpl: 0, loops: 10);
        Memory = GuestMemory.Allocate(size);
        Machine.Vm.MapMemory(Machine.WindowAddress, Memory);
        for (ulong page = 0; page < UsedPages; page++)
            Memory.Write(UsedAt + page * GuestMemory.PageSize, page + 1);
    }

    public Machine Machine { get; }

    public GuestMemory Memory { get; }

    public static string Path { get; } = $"/dev/shm/vmcsgen-side-by-side-{Environment.ProcessId}";

    /// <summary>Captures the VM into the file.</summary>
    /// <returns>The nanoseconds for which the guest stands still.</returns>
    public long Capture()
    {
        using var capture = VmCapture.Create(Path, Machine.Host, Machine.Vm);
        var begin = Operation.Now();
        capture.Take(Machine.Vcpu).Dispose();
        var elapsed = Operation.Now() - begin;
        capture.Commit();
        return elapsed;
    }
}

internal sealed class CapturePause(ulong size) : Operation
{
    private readonly SparseMachine _machine = new(size);

    public override long Measure(int count)
    {
        long elapsed = 0;
        for (var i = 0; i < count; i++)
            elapsed += _machine.Capture();
        File.Delete(SparseMachine.Path);
        return elapsed;
    }
}

/// <summary>What was written since an earlier capture, captured while the guest stands still.</summary>
internal sealed class CaptureChanges : Operation
{
    private const int Pages = 1000;

    private readonly Machine _machine = Machine.Create("page_writes", cpl: 0, loops: 10);
    private readonly GuestMemory _memory = GuestMemory.Allocate(64ul << 20);
    private readonly DirtyBitmap[] _written;
    private readonly VmState _earlier;

    public CaptureChanges()
    {
        _machine.Vm.MapMemory(Machine.WindowAddress, _memory);
        foreach (var slot in _machine.Vm.GetMemorySlots())
            slot.SetFlags(KvmMemoryRegionFlags.LogDirtyPages);
        _written = [.. _machine.Vm.GetMemorySlots().Select(static slot => new DirtyBitmap(slot))];
        using var capture = VmCapture.Create(SparseMachine.Path, Machine.Host, _machine.Vm);
        _earlier = capture.Take(_machine.Vcpu);
        capture.Commit();
    }

    public override long Measure(int count)
    {
        long elapsed = 0;
        for (var i = 0; i < count; i++)
        {
            // The monitor writes, and knows where.
            for (ulong page = 1; page < 2 * Pages; page += 2)
                _memory.Write(page * GuestMemory.PageSize, (byte)(i + 1));
            using (var capture = VmCapture.CreateDifference(SparseMachine.Path, Machine.Host, _machine.Vm, _earlier, _written))
            {
                var begin = Now();
                foreach (var written in _written)
                    _machine.Vm.GetDirtyLog(written);
                for (ulong page = 1; page < 2 * Pages; page += 2)
                    _written[1][page] = true;
                capture.Take(_machine.Vcpu).Dispose();
                elapsed += Now() - begin;
                capture.Commit();
            }
            if (_written.Sum(static written => (long)written.Count) < Pages)
                throw new InvalidOperationException($"The dirty log has less than {Pages} pages.");
        }
        File.Delete(SparseMachine.Path);
        return elapsed;
    }
}

internal sealed class Restore : Operation
{
    private readonly VmState _state;

    public Restore(ulong size)
    {
        new SparseMachine(size).Capture();
        _state = VmState.Load(SparseMachine.Path);
        File.Delete(SparseMachine.Path);
    }

    public override long Measure(int count)
    {
        long elapsed = 0;
        for (var i = 0; i < count; i++)
        {
            using var vm = Machine.Host.CreateVm();
            using var vcpu = vm.CreateVcpu(0);
            var begin = Now();
            _state.RestoreTo(vm, vcpu);
            elapsed += Now() - begin;
        }
        return elapsed;
    }
}

internal sealed class Spawn : RepeatedOperation, IDisposable
{
    private const ulong Size = 64ul << 20;

    private readonly VmTemplate _template = Prepare();

    private static VmTemplate Prepare()
    {
        var machine = Machine.Create("port_writes", cpl: 0);
        machine.Vm.MapMemory(Machine.WindowAddress, GuestMemory.Allocate(Size));
        return new(Machine.Host, VmState.Capture(Machine.Host, machine.Vm, machine.Vcpu));
    }

    public void Dispose() => _template.Dispose();

    protected override void Repeat(int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var spawned = _template.Spawn();
            if (spawned.Vcpu.Run().Reason != KvmExitReason.Io)
                throw new InvalidOperationException("The guest did not come to its exit.");
        }
    }
}

internal sealed class Reset : Operation
{
    private readonly Machine _machine;
    private readonly VmResetPoint _point;

    public Reset()
    {
        const ulong Size = 64ul << 20;
        _machine = Machine.Create("page_writes", cpl: 0, loops: 10);
        _machine.Vm.MapMemory(Machine.WindowAddress, GuestMemory.Allocate(Size));
        _point = VmResetPoint.Capture(Machine.Host, _machine.Vm, _machine.Vcpu);
    }

    public override long Measure(int count)
    {
        long elapsed = 0;
        for (var i = 0; i < count; i++)
        {
            _machine.RunToPort(Machine.EndPort);
            var begin = Now();
            _point.Reset();
            elapsed += Now() - begin;
            if (_point.LastPageCount < 10)
                throw new InvalidOperationException($"{_point.LastPageCount} pages were put back instead of 10.");
        }
        return elapsed;
    }
}
