using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Interop;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// A KVM VM with one vCPU that is single-stepped. Its memory slots lie over physical memory as the guest's translation says. State is
/// kept here between steps and loaded where it was changed.
/// </summary>
internal sealed unsafe class KvmGuestMachine : IDisposable
{
    /// <summary>The most addresses that a step can stop at: the processor has as many debug registers.</summary>
    internal const int MaxStops = 4;

    private const KvmSyncRegsFlags Synced = KvmSyncRegsFlags.Regs | KvmSyncRegsFlags.Sregs | KvmSyncRegsFlags.Events;

    // Far longer than a delivery takes.
    private static readonly TimeSpan s_delivery = TimeSpan.FromMilliseconds(10);

    private readonly GuestMemory _memory;
    private readonly IReadOnlyList<GuestPhysicalRun> _runs;
    private readonly bool _holdsMemory;
    private readonly Dictionary<uint, ulong> _msrs = [];
    private readonly KvmVm _vm;
    private KvmRegs _regs;
    private KvmSregs _sregs;
    private KvmVcpuEvents _events;
    private bool _regsChanged;
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

    /// <summary>
    /// Whether the last step ended at one of its stops, and not behind its instruction. One that was cancelled may have got there: its
    /// address tells.
    /// </summary>
    internal bool StoppedAtHandler { get; private set; }

    /// <summary>Takes back a HLT that stood in the place of a handler's first instruction.</summary>
    internal void TakeBackHalt()
    {
        ChangeRegs().Rip--;
        StoppedAtHandler = true;
    }

    internal KvmInterruptShadow Shadow => _events.Interrupt.Shadow;

    internal ref KvmRegs ChangeRegs()
    {
        _regsChanged = true;
        return ref _regs;
    }

    /// <summary>Whether this machine fits a guest with other memory or another translation.</summary>
    internal bool Fits(GuestMemory memory, IReadOnlyList<GuestPhysicalRun> runs) =>
        ReferenceEquals(memory, _memory) && _runs.SequenceEqual(runs);

    /// <summary>Loads segment and system registers at once.</summary>
    /// <exception cref="KvmException">KVM does not take the values.</exception>
    internal void SetSregs(in KvmSregs sregs)
    {
        Vcpu.SetSregs(sregs);
        _sregs = sregs;
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
    /// <param name="stops">Linear address of the handler; if it is not known, its first instruction is executed too.</param>
    /// <param name="isHandlerKnown">Whether it is known.</param>
    /// <param name="cancellationToken">Ends what comes after the delivery, if that does not stop.</param>
    internal KvmExit Deliver(scoped ReadOnlySpan<ulong> stops, bool isHandlerKnown, CancellationToken cancellationToken)
    {
        Raised = null;
        // Without TF, which a processor would push for the handler to see.
        return Run(isStep: !isHandlerKnown, stops, cancellationToken);
    }

    /// <summary>Loads MSRs that this KVM knows, where they are not as they were loaded last.</summary>
    internal void SetMsrs(IEnumerable<KeyValuePair<uint, ulong>> msrs)
    {
        var changed = msrs.Where(msr => !_msrs.TryGetValue(msr.Key, out var loaded) || loaded != msr.Value)
            .Select(static msr => new KvmMsrEntry { Index = msr.Key, Data = msr.Value })
            .ToArray();
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
    /// <param name="stops">
    /// Linear addresses to stop at too: handlers of exceptions that the instruction may raise. Delivery clears TF, and so ends the
    /// stepping.
    /// </param>
    /// <param name="cancellationToken">Ends it; <see cref="KvmExitReason.Intr"/> tells that it did.</param>
    internal KvmExit Step(scoped ReadOnlySpan<ulong> stops, CancellationToken cancellationToken) =>
        Run(isStep: true, stops, cancellationToken);

    /// <summary>Completes an access to a port or to memory-mapped I/O that was answered, and executes nothing after it.</summary>
    internal KvmExit Complete()
    {
        Vcpu.Kick();
        var exit = Vcpu.Run();
        // Where KVM tells of the step first, the kick is still to be answered.
        while (exit.Reason == KvmExitReason.Debug)
            exit = Vcpu.Run();
        StoppedAtHandler = false;
        TakeState();
        return exit;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Vcpu?.Dispose();
        _vm.Dispose();
        if (_holdsMemory)
            _memory.Handle.DangerousRelease();
    }

    // The order matters: KVM binds the stepping to RIP as it is at KVM_SET_GUEST_DEBUG, and a RIP that is loaded later ends it, by ioctl or
    // by sync registers. It also ends where KVM emulated an instruction. So registers come first, and each step is armed anew.
    private KvmExit Run(bool isStep, scoped ReadOnlySpan<ulong> stops, CancellationToken cancellationToken)
    {
        if (_regsChanged)
            Vcpu.SetRegs(_regs);
        if (_eventsChanged)
        {
            _events.Flags = KvmVcpuEventFlags.Shadow;
            Vcpu.SetVcpuEvents(_events);
        }
        _regsChanged = _eventsChanged = false;

        KvmGuestDebug debug = default;
        debug.Control = KvmGuestDebugControl.Enable;
        if (isStep)
            debug.Control |= KvmGuestDebugControl.Singlestep;
        if (!stops.IsEmpty)
            debug.Control |= KvmGuestDebugControl.UseHwBp;
        for (var i = 0; i < stops.Length; i++)
        {
            debug.Arch.Debugreg[i] = stops[i];
            debug.Arch.Debugreg[7] |= RegisterBits.Dr7Fixed | RegisterBits.Dr7LocalEnable0 << (2 * i);
        }
        Vcpu.SetGuestDebug(debug);

        var before = _regs.Rip;
        var exit = RunOn(before, cancellationToken);
        if (isStep && SingleSteps.IsToBeRepeated(exit, _regs, Vcpu.SyncRegs.Regs))
            exit = RunOn(before, cancellationToken);
        TakeState();
        StoppedAtHandler =
            exit.Reason == KvmExitReason.Intr ? _regs.Rip != before : exit.Reason == KvmExitReason.Debug && !SingleSteps.IsEndedBy(exit);
        return exit;
    }

    private KvmExit RunOn(ulong before, CancellationToken cancellationToken)
    {
        var exit = Vcpu.Run(CancellationToken.None);
        // A signal or a kick, and nothing was executed. An event on its way is delivered all the same: only the vCPU knows of it.
        while (
            exit.Reason == KvmExitReason.Intr
            && Vcpu.SyncRegs.Regs.Rip == before
            && (!cancellationToken.IsCancellationRequested || HoldsEvent)
        )
        {
            // The kick is spent. Another follows, for a delivery that leads where nothing stops the guest.
            using var again = cancellationToken.IsCancellationRequested ? new CancellationTokenSource(s_delivery) : null;
            using var kick = (again?.Token ?? default).UnsafeRegister(static vcpu => ((KvmVcpu)vcpu!).Kick(), Vcpu);
            exit = Vcpu.Run(CancellationToken.None);
        }
        return exit;
    }

    private bool HoldsEvent =>
        Vcpu.SyncRegs.Events is var events && (events.Exception.Injected | events.Interrupt.Injected | events.Nmi.Injected) != 0;

    private void TakeState()
    {
        var shared = Vcpu.SyncRegs;
        _regs = shared.Regs;
        _sregs = shared.Sregs;
        // KVM adds an injected interrupt here and never takes it out, and KVM_SET_SREGS would queue it again. It is in the events too.
        _sregs.InterruptBitmap = default;
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
