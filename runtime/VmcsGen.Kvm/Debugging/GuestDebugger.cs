using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;

namespace VmcsGen.Kvm;

/// <summary>
/// Debugs what a vCPU executes: breakpoints in any number, four hardware breakpoints, single steps. Addresses are linear: in
/// 64-bit mode the pointers of the guest. To be used on the thread that runs the vCPU, and alone on it, as it replaces what
/// <see cref="KvmVcpu.SetGuestDebug"/> set before. Source: Documentation/virt/kvm/api.rst 4.87 and SDM 3B 19.
/// </summary>
/// <remarks>
/// <para>
/// A breakpoint is an INT3 in guest memory, so all vCPUs meet it and only the debugged one stops: with several, stop the others
/// while this one is stepped, or use hardware breakpoints.
/// </para>
/// <para>
/// Whether INT3 stops depends on the host, and is found out by trying (<see cref="GuestDebugAbilities"/>). With VMX, and with SVM on a
/// processor, it does. Where it does not, as in QEMU's emulation of SVM, guest memory stays as it is: free debug registers stop the
/// guest instead, and if there are too few, or they have no effect either, <see cref="Continue"/> goes by single steps, which is slow.
/// </para>
/// <para>
/// Where KVM emulates INT3, the exit is an internal error in protected and 64-bit mode, which <see cref="LastStop"/> reports as the
/// breakpoint that it is; in real mode the guest gets the exception and does not stop. KVM's emulator knows no breakpoints on data.
/// </para>
/// </remarks>
[MustDispose]
public sealed class GuestDebugger : IDisposable
{
    private const ulong LongModeActive = 1 << 10; // EFER.LMA

    private readonly KvmVcpu _vcpu;
    private readonly GuestPhysicalMemory _memory;
    private readonly SoftwareBreakpoints _software;
    private readonly HardwareBreakpoint?[] _hardware = new HardwareBreakpoint?[HardwareBreakpoint.RegisterCount];
    private readonly ulong?[] _standIns = new ulong?[HardwareBreakpoint.RegisterCount];
    private readonly KvmGuestDebugControl _whileStepping;
    private GuestDebugAbilities? _abilities;
    private ulong? _reported;
    private KvmGuestDebug? _armed;
    private bool _goesBySteps;
    private bool _isBetweenInstructions = true;
    private bool _passesBreakpoint;
    private bool _disposed;

    /// <summary>
    /// Begins to debug a vCPU. One that runs already is kicked first: the thread that runs it then makes the debugger, or another one
    /// does before the vCPU is run again.
    /// </summary>
    /// <param name="vcpu">The vCPU, which must outlive the debugger for the guest's code to be restored.</param>
    /// <param name="abilities">What the host's KVM does of debugging; null to find out by trying, when the first breakpoint is set.</param>
    public GuestDebugger(KvmVcpu vcpu, GuestDebugAbilities? abilities = null)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        _vcpu = vcpu;
        _memory = vcpu.PhysicalMemory;
        _abilities = abilities;
        _software = new SoftwareBreakpoints(_memory);
        _memory.Slots.Add(_software);
        // Without interrupts a step is the next instruction and not the first one of a handler.
        _whileStepping = KvmGuestDebugControl.Singlestep | vcpu.KnownDebugControl & KvmGuestDebugControl.Blockirq;
    }

    /// <summary>Addresses of the breakpoints that were added and not removed.</summary>
    public IReadOnlyCollection<ulong> Breakpoints => _software.Addresses;

    /// <summary>Why the last <see cref="Continue"/> or <see cref="Step"/> returned, as far as it concerns debugging.</summary>
    public DebugStop LastStop { get; private set; }

    /// <summary>Puts a breakpoint before an instruction.</summary>
    /// <param name="address">Linear address of the instruction's first byte.</param>
    /// <returns>False if there is one already.</returns>
    /// <exception cref="ArgumentException">The guest's page tables map nothing there now.</exception>
    /// <exception cref="GuestMemoryException">There is no memory.</exception>
    public bool AddBreakpoint(ulong address)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_software.Contains(address))
            return false;
        if (!_vcpu.TryTranslate(address, out var physicalAddress))
        {
            throw new ArgumentException(
                $"The guest's page tables map nothing at linear address 0x{address:X} now. "
                    + "Use a hardware breakpoint, or wait until the guest has mapped it.",
                nameof(address)
            );
        }
        _software.WritesInt3 = Abilities.SoftwareBreakpoints;
        _software.Add(address, physicalAddress);
        return true;
    }

    /// <summary>Takes a breakpoint away.</summary>
    /// <param name="address">Its address.</param>
    /// <returns>False if there is none.</returns>
    public bool RemoveBreakpoint(ulong address)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _software.Remove(address);
    }

    /// <summary>Sets or clears one of the four hardware breakpoints; the guest does not see them.</summary>
    /// <param name="register">Which, 0 to 3.</param>
    /// <param name="breakpoint">What to wait for; null for nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such register.</exception>
    /// <exception cref="NotSupportedException">
    /// It is one on data, and this host's KVM does not stop at any; see <see cref="GuestDebugAbilities"/>.
    /// </exception>
    public void SetHardwareBreakpoint(int register, HardwareBreakpoint? breakpoint)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(register);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(register, HardwareBreakpoint.RegisterCount);
        if (breakpoint is { Condition: not HardwareBreakpointCondition.Execution } data && !Abilities.HardwareBreakpoints)
        {
            throw new NotSupportedException(
                $"This host's KVM does not stop at hardware breakpoints, so that '{data}' would never be met. Those on execution are met by single steps."
            );
        }
        _hardware[register] = breakpoint;
    }

    /// <summary>
    /// Makes the guest get the breakpoint exception when it goes on, as if the debugger were not there: what to do after
    /// <see cref="DebugStopReasons.GuestBreakpoint"/>, since the guest would meet its INT3 again.
    /// </summary>
    public void PassBreakpointToGuest()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _passesBreakpoint = true;
    }

    /// <summary>
    /// Runs the guest until a breakpoint or any other exit. The breakpoint at which the guest stands now is passed if it was
    /// reported; else it is reported at once.
    /// </summary>
    /// <param name="cancellationToken">Stops the guest between two instructions when it is cancelled, as that of Run does.</param>
    /// <returns>The exit; <see cref="LastStop"/> says what of it concerns debugging.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; the guest can go on.</exception>
    /// <exception cref="KvmException">The kernel refused.</exception>
    public KvmExit Continue(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TryResume(out var exit))
                return exit;
            exit = Run(cancellationToken);
            if (exit.Reason != KvmExitReason.Debug || LastStop.Reasons != DebugStopReasons.None)
                return exit;
        }
    }

    /// <summary>
    /// Prepares a run for programs that have a loop of their own: passes the breakpoint at which the guest stands, if it was reported,
    /// and tells KVM what is to end the run. Call it before every <see cref="KvmVcpu.Run()"/> and <see cref="Explain"/> after it.
    /// </summary>
    /// <remarks>
    /// Where this host's KVM does not stop at breakpoints, the guest goes by single steps: exits of reason
    /// <see cref="KvmExitReason.Debug"/> that explain nothing are steps on the way, after which to run on.
    /// </remarks>
    /// <param name="exit">
    /// If the result is false, the exit with which the instruction at the breakpoint ended; <see cref="LastStop"/> explains it already.
    /// </param>
    /// <returns>True if the guest can be run; false if there is an exit to be served first.</returns>
    /// <exception cref="KvmException">The kernel refused.</exception>
    /// <example>
    /// <code>
    /// if (debugger.TryResume(out KvmExit exit))
    /// {
    ///     exit = vcpu.Run();
    ///     debugger.Explain(exit);
    /// }
    /// if (debugger.LastStop.Reasons != DebugStopReasons.None)
    ///     Show(debugger.LastStop);
    /// else if (exit.Reason != KvmExitReason.Debug)
    ///     Serve(exit);
    /// </code>
    /// </example>
    public bool TryResume(out KvmExit exit)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        exit = default;
        var isPassed = IsToBePassed(out var address);
        if (isPassed)
        {
            exit = StepFrom(address);
            if (LastStop.Reasons != DebugStopReasons.Step)
            {
                // The step was this method's own; what counts is the breakpoint that it led to.
                LastStop = LastStop with
                {
                    Reasons = LastStop.Reasons & ~DebugStopReasons.Step,
                };
                return false;
            }
        }
        _goesBySteps = !PlaceStandIns() || (Array.Exists(_hardware, static b => b is not null) && !HasWorkingRegisters);
        if (_goesBySteps && _isBetweenInstructions && ReachedBy(new(DebugStopReasons.Step, LinearRip())) is { Reasons: not 0 } here)
        {
            // A step would go past it. Without one behind, an exit is made that executes nothing.
            if (!isPassed)
            {
                _vcpu.Kick();
                exit = _vcpu.Run();
            }
            LastStop = here;
            _reported = here.Address;
            return false;
        }
        Arm(_goesBySteps ? KvmGuestDebugControl.Singlestep : SoftwareEvents, passed: null);
        return true;
    }

    /// <summary>Says what of an exit concerns debugging, and keeps it as <see cref="LastStop"/>: to be called once for each.</summary>
    /// <param name="exit">What <see cref="KvmVcpu.Run()"/> has returned.</param>
    /// <exception cref="InvalidOperationException">The exit is over.</exception>
    /// <exception cref="KvmException">The kernel refused.</exception>
    public DebugStop Explain(KvmExit exit)
    {
        LastStop = ReasonOf(exit);
        if (_goesBySteps && LastStop.Reasons.HasFlag(DebugStopReasons.Step))
            LastStop = ReachedBy(LastStop);
        _reported = LastStop.Reasons != DebugStopReasons.None ? LastStop.Address : null;
        // After others KVM may still have to complete the instruction at RIP.
        _isBetweenInstructions = exit.Reason is KvmExitReason.Debug or KvmExitReason.Intr;
        return LastStop;
    }

    /// <summary>
    /// Executes the instruction at RIP, also one with a breakpoint. If it needs the VMM, as IN does, the exit is what it needs, and the
    /// next call goes on from RIP as it is then: KVM leaves it at the instruction or moves it past, depending on the instruction.
    /// </summary>
    /// <returns>The exit; <see cref="LastStop"/> says what of it concerns debugging.</returns>
    /// <exception cref="KvmException">The kernel refused.</exception>
    public KvmExit Step()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return StepFrom(LinearRip());
    }

    /// <summary>Copies bytes of the guest as it would see them without breakpoints.</summary>
    /// <param name="address">Linear address of the first.</param>
    /// <param name="destination">Receives them.</param>
    /// <returns>How many there are: fewer than asked for where the page tables map nothing, or to where no memory is.</returns>
    public int ReadMemory(ulong address, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var done = 0;
        while (done < destination.Length && _vcpu.TryTranslate(address + (ulong)done, out var physicalAddress))
        {
            var inPage = GuestMemory.PageSize - (int)(physicalAddress % GuestMemory.PageSize);
            var part = destination.Slice(done, Math.Min(inPage, destination.Length - done));
            try
            {
                _memory.Read(physicalAddress, part);
            }
            catch (GuestMemoryException)
            {
                break; // Slots consist of whole pages, so all of the part is missing.
            }
            _software.Hide(physicalAddress, part);
            done += part.Length;
        }
        return done;
    }

    /// <summary>Removes all breakpoints and lets the guest run undebugged.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _memory.Slots.Remove(_software);
        try
        {
            foreach (var address in new List<ulong>(_software.Addresses))
                _software.Remove(address);
            _vcpu.SetGuestDebug(default);
        }
        catch (ObjectDisposedException)
        {
            // The vCPU is gone, and nobody will execute what is left.
        }
    }

    /// <summary>Whether the guest stands at a breakpoint that its user was told of already.</summary>
    private bool IsToBePassed(out ulong address)
    {
        address = 0;
        if (_reported is null)
            return false;
        address = LinearRip();
        return address == _reported && (_software.Contains(address) || ExecutesAt(address));
    }

    private KvmExit StepFrom(ulong address)
    {
        var isPatched = _software.Contains(address);
        if (isPatched)
            _software.Lift(address);
        try
        {
            Array.Clear(_standIns);
            _goesBySteps = false;
            Arm(_whileStepping | SoftwareEvents, passed: address);
            var exit = Run();
            if (exit.Reason == KvmExitReason.Intr)
                _reported = address; // Perhaps nothing was executed: the same breakpoint must not be reported twice.
            return exit;
        }
        finally
        {
            if (isPatched)
                _software.Lower(address);
        }
    }

    // Tried at the first need only: it takes VMs of its own.
    private GuestDebugAbilities Abilities
    {
        get
        {
            if (_abilities is null)
            {
                using var host = KvmHost.TryOpen(out var opened, out _) ? opened : null;
                // A process that may not open /dev/kvm any more gets what processors do.
                _abilities = host is null ? GuestDebugAbilities.All : GuestDebugAbilities.Find(host);
            }
            return _abilities;
        }
    }

    private bool HasWorkingRegisters => Abilities.HardwareBreakpoints;

    private KvmGuestDebugControl SoftwareEvents => _software.Count > 0 && _software.WritesInt3 ? KvmGuestDebugControl.UseSwBp : 0;

    /// <summary>Gives breakpoints that are not written as INT3 a debug register each; false if that is not possible.</summary>
    private bool PlaceStandIns()
    {
        Array.Clear(_standIns);
        if (_software.Count == 0 || _software.WritesInt3)
            return true;
        if (!HasWorkingRegisters || _software.Count > Array.FindAll(_hardware, static b => b is null).Length)
            return false;
        var register = 0;
        foreach (var address in _software.Addresses)
        {
            while (_hardware[register] is not null)
                register++;
            _standIns[register++] = address;
        }
        return true;
    }

    /// <summary>The breakpoint that a step has led to, if it has.</summary>
    private DebugStop ReachedBy(DebugStop step)
    {
        // Of a breakpoint's bit in DR6 there may be none, or one.
        var reached = step.Reasons & ~DebugStopReasons.Step;
        if (_software.Contains(step.Address))
            reached |= DebugStopReasons.Breakpoint;
        for (var register = 0; register < _hardware.Length; register++)
        {
            if (
                _hardware[register] is { Condition: HardwareBreakpointCondition.Execution } breakpoint
                && breakpoint.Address == step.Address
            )
                reached |= (DebugStopReasons)(1 << register);
        }
        return reached == 0 ? default : new(reached, step.Address);
    }

    private KvmExit Run(CancellationToken cancellationToken = default)
    {
        using var registration = cancellationToken.UnsafeRegister(static vcpu => ((KvmVcpu)vcpu!).Kick(), _vcpu);
        var exit = _vcpu.Run(CancellationToken.None);
        Explain(exit); // Before the exception: it may be continued from here.
        if (exit.Reason == KvmExitReason.Intr)
            cancellationToken.ThrowIfCancellationRequested();
        return exit;
    }

    /// <summary>Tells KVM what is to end the next run.</summary>
    /// <param name="events">Single step and software breakpoints.</param>
    /// <param name="passed">
    /// Where a hardware breakpoint on execution is left out. KVM does not set RFLAGS.RF, which passes it, by itself.
    /// </param>
    private void Arm(KvmGuestDebugControl events, ulong? passed)
    {
        // KVM binds the stepping to RIP as it is at KVM_SET_GUEST_DEBUG: what was changed must be there before.
        _vcpu.SyncRegs.LoadChanged();
        KvmGuestDebug debug = default;
        ulong control = 0;
        for (var register = 0; register < _hardware.Length; register++)
        {
            HardwareBreakpoint? standIn = _standIns[register] is { } place ? HardwareBreakpoint.OnExecution(place) : null;
            if (
                (_hardware[register] ?? standIn) is not { } breakpoint
                || (breakpoint.Condition == HardwareBreakpointCondition.Execution && breakpoint.Address == passed)
            )
            {
                continue;
            }
            debug.Arch.Debugreg[register] = breakpoint.Address;
            control |= breakpoint.Dr7Bits(register);
        }
        if (control != 0)
        {
            events |= KvmGuestDebugControl.UseHwBp;
            debug.Arch.Debugreg[7] = control | HardwareBreakpoint.Dr7AlwaysSet;
        }
        if (_passesBreakpoint)
            events |= KvmGuestDebugControl.InjectBp;
        debug.Control = events != 0 ? events | KvmGuestDebugControl.Enable : 0;
        // A loop asks for the same again and again. A step and an injected breakpoint are for once.
        const KvmGuestDebugControl ForOnce = KvmGuestDebugControl.Singlestep | KvmGuestDebugControl.InjectBp;
        if ((debug.Control & ForOnce) == 0 && _armed is { } armed && IsSame(debug, armed))
            return;
        _vcpu.SetGuestDebug(debug);
        _armed = debug;
        _passesBreakpoint = false;
    }

    private static bool IsSame(in KvmGuestDebug one, in KvmGuestDebug other) =>
        MemoryMarshal
            .AsBytes(new ReadOnlySpan<KvmGuestDebug>(in one))
            .SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<KvmGuestDebug>(in other)));

    private DebugStop ReasonOf(KvmExit exit)
    {
        switch (exit.Reason)
        {
            case KvmExitReason.Debug when exit.Debug.Exception == KvmExceptionVector.Breakpoint:
                var address = exit.Debug.Pc;
                return new(_software.Contains(address) ? DebugStopReasons.Breakpoint : DebugStopReasons.GuestBreakpoint, address);

            case KvmExitReason.Debug:
                // DR6 also tells of breakpoints whose condition was met and that are not enabled. Source: SDM 3B 19.2.3.
                var reasons = exit.Debug.Dr6 & (ulong)DebugStopReasons.Step;
                for (var register = 0; register < _hardware.Length; register++)
                {
                    var met = exit.Debug.Dr6 & 1UL << register;
                    if (_hardware[register] is not null)
                        reasons |= met;
                    else if (_standIns[register] is not null && met != 0)
                        reasons |= (ulong)DebugStopReasons.Breakpoint;
                }
                return new((DebugStopReasons)reasons, exit.Debug.Pc);

            // KVM's emulator refuses INT3 outside of real mode. RIP is still there, so the guest can go on like after an exit.
            case KvmExitReason.InternalError when exit.InternalError.SubError == KvmInternalError.Emulation && _software.Count > 0:
                var rip = LinearRip();
                return _software.Contains(rip) ? new(DebugStopReasons.Breakpoint, rip) : default;

            default:
                return default;
        }
    }

    private bool ExecutesAt(ulong address) =>
        Array.Exists(_hardware, b => b is { Condition: HardwareBreakpointCondition.Execution } breakpoint && breakpoint.Address == address);

    private ulong LinearRip()
    {
        _vcpu.GetRegs(out var regs);
        _vcpu.GetSregs(out var sregs);
        var is64Bit = (sregs.Efer & LongModeActive) != 0 && sregs.Cs.L != 0;
        return is64Bit ? regs.Rip : (uint)(sregs.Cs.Base + regs.Rip);
    }
}
