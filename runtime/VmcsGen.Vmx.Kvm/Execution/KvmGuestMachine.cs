using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// A KVM VM with one vCPU that is single-stepped. Its memory slots lie over physical memory as the guest's translation says. State is
/// kept here between steps and loaded where it was changed.
/// </summary>
internal sealed unsafe class KvmGuestMachine : IDisposable
{
    private const KvmGuestDebugControl Stepping = KvmGuestDebugControl.Enable | KvmGuestDebugControl.Singlestep;
    private const KvmSyncRegsFlags Synced = KvmSyncRegsFlags.Regs | KvmSyncRegsFlags.Sregs | KvmSyncRegsFlags.Events;

    private readonly GuestMemory _memory;
    private readonly IReadOnlyList<GuestPhysicalRun> _runs;
    private readonly bool _holdsMemory;
    private readonly Dictionary<uint, ulong> _msrs = [];
    private readonly KvmVm _vm;
    private KvmRegs _regs;
    private KvmSregs _sregs;
    private KvmVcpuEvents _events;
    private bool _regsChanged;
    private bool _sregsChanged;
    private bool _eventsChanged;

    internal KvmGuestMachine(KvmHost host, GuestMemory memory, IReadOnlyList<GuestPhysicalRun> runs)
    {
        _memory = memory;
        _runs = runs;
        _vm = host.CreateVm();
        try
        {
            // The slots must not outlive the mapping, even if the memory is disposed of meanwhile.
            memory.Handle.DangerousAddRef(ref _holdsMemory);
            MapMemory();
            Vcpu = _vm.CreateVcpu(0);
            Vcpu.SetCpuid2(host.GetSupportedCpuid());
            SetStepping();
            Vcpu.SyncRegs.Stored = Synced;
            TakeState();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal KvmVcpu Vcpu { get; } = null!;

    /// <summary>The general registers.</summary>
    internal ref readonly KvmRegs Regs => ref _regs;

    /// <summary>Segment and system registers.</summary>
    internal ref readonly KvmSregs Sregs => ref _sregs;

    internal KvmInterruptShadow Shadow => _events.Interrupt.Shadow;

    internal ref KvmRegs ChangeRegs()
    {
        _regsChanged = true;
        return ref _regs;
    }

    /// <summary>Whether this machine fits a guest with other memory or another translation.</summary>
    internal bool Fits(GuestMemory memory, IReadOnlyList<GuestPhysicalRun> runs) => ReferenceEquals(memory, _memory) && _runs.SequenceEqual(runs);

    /// <summary>Loads segment and system registers at once.</summary>
    /// <exception cref="KvmException">KVM does not take the values.</exception>
    internal void SetSregs(in KvmSregs sregs)
    {
        Vcpu.SetSregs(sregs);
        _sregs = sregs;
        _sregsChanged = true;
    }

    internal void SetShadow(KvmInterruptShadow shadow)
    {
        if (_events.Interrupt.Shadow == shadow)
            return;
        _events.Interrupt.Shadow = shadow;
        _eventsChanged = true;
    }

    /// <summary>An event that the guest gets before its next instruction, if there is one.</summary>
    internal GuestEvent? Raised { get; private set; }

    /// <summary>Lets the guest get an event before its next instruction.</summary>
    internal void Raise(GuestEvent raised)
    {
        Raised = raised;
        switch (raised.Type)
        {
            case InterruptionType.ExternalInterrupt:
                _events.Interrupt.Injected = 1;
                _events.Interrupt.Nr = raised.Vector;
                break;
            case InterruptionType.Nmi:
                _events.Nmi.Injected = 1;
                break;
            default:
                _events.Exception.Injected = 1;
                _events.Exception.Nr = raised.Vector;
                _events.Exception.HasErrorCode = (byte)(raised.ErrorCode is null ? 0 : 1);
                _events.Exception.ErrorCode = raised.ErrorCode ?? 0;
                break;
        }
        _eventsChanged = true;
    }

    /// <summary>Delivers the raised event and stops before the first instruction of its handler.</summary>
    /// <param name="handler">Linear address of the handler; if it is not known, its first instruction is executed too.</param>
    internal KvmExit Deliver(ulong? handler)
    {
        Raised = null;
        if (handler is not { } address)
            return Step();
        // DR7: breakpoint 0 is enabled, on execution. KVM looks at it before the instruction.
        KvmGuestDebug debug = default;
        debug.Control = Stepping | KvmGuestDebugControl.UseHwBp;
        debug.Arch.Debugreg[0] = address;
        debug.Arch.Debugreg[7] = 0x401;
        Vcpu.SetGuestDebug(debug);
        var exit = Step();
        SetStepping();
        return exit;
    }

    /// <summary>Loads MSRs that this KVM knows, where they are not as they were loaded last.</summary>
    internal void SetMsrs(IEnumerable<KeyValuePair<uint, ulong>> msrs)
    {
        var changed = msrs.Where(msr => !_msrs.TryGetValue(msr.Key, out var loaded) || loaded != msr.Value)
            .Select(static msr => new KvmMsrEntry { Index = msr.Key, Data = msr.Value }).ToArray();
        for (var done = 0; done < changed.Length; done++)
        {
            // KVM stops at the first that it does not know.
            var known = Vcpu.SetMsrs(new KvmBuffer<KvmMsrs, KvmMsrEntry>(changed.AsSpan(done)));
            for (var end = done + known; done < end; done++)
                _msrs[changed[done].Index] = changed[done].Data;
        }
    }

    /// <summary>Reads an MSR that the guest can change without WRMSR.</summary>
    internal ulong GetMsr(uint index)
    {
        var buffer = new KvmBuffer<KvmMsrs, KvmMsrEntry>([new KvmMsrEntry { Index = index }]);
        if (Vcpu.GetMsrs(buffer) != 1)
            throw new NotSupportedException($"KVM on this host does not have the MSR 0x{index:X}.");
        return _msrs[index] = buffer.Entries[0].Data;
    }

    /// <summary>Executes one instruction, or gets to why it cannot be completed here.</summary>
    internal KvmExit Step()
    {
        var shared = Vcpu.SyncRegs;
        if (_regsChanged)
            shared.ChangeRegs() = _regs;
        if (_sregsChanged)
            shared.ChangeSregs() = _sregs;
        if (_eventsChanged)
        {
            _events.Flags = KvmVcpuEventFlags.Shadow;
            shared.ChangeEvents() = _events;
        }
        _regsChanged = _sregsChanged = _eventsChanged = false;
        var exit = Vcpu.Run();
        TakeState();
        return exit;
    }

    /// <summary>Completes an access to a port or to memory-mapped I/O that was answered, and executes nothing after it.</summary>
    internal KvmExit Complete()
    {
        Vcpu.Kick();
        return Step();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Vcpu?.Dispose();
        _vm.Dispose();
        if (_holdsMemory)
            _memory.Handle.DangerousRelease();
    }

    private void SetStepping()
    {
        KvmGuestDebug debug = default;
        debug.Control = Stepping;
        Vcpu.SetGuestDebug(debug);
    }

    private void TakeState()
    {
        var shared = Vcpu.SyncRegs;
        _regs = shared.Regs;
        _sregs = shared.Sregs;
        _events = shared.Events;
    }

    // Not by KvmVm.MapMemory: a slot may lie over any part of physical memory, and several over the same. Sound because the addresses
    // are within the mapping, which stays until the VM is gone.
    private void MapMemory()
    {
        var slot = 0u;
        foreach (var run in _runs)
        {
            var length = run.Physical >= _memory.Size ? 0 : Math.Min(run.Length, _memory.Size - run.Physical);
            if (length == 0)
                continue;
            KvmUserspaceMemoryRegion region = new()
            {
                Slot = slot++,
                Flags = run.IsWritable ? 0 : KvmMemoryRegionFlags.Readonly,
                GuestPhysAddr = run.Start,
                MemorySize = length,
                UserspaceAddr = (ulong)_memory.Handle.DangerousGetHandle() + run.Physical,
            };
            _vm.UnsafeIoctl(KvmIoctl.KVM_SET_USER_MEMORY_REGION, &region);
        }
    }
}
