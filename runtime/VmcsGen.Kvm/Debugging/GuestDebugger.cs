using System;
using System.Collections.Generic;
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
    private readonly KvmVcpu _vcpu;
    private readonly GuestPhysicalMemory _memory;
    private readonly SoftwareBreakpoints _software;
    private readonly BreakpointRegisters _registers = new();
    private readonly DebugStopReader _stops;
    private readonly ArmedDebugging _armed;
    private readonly KvmGuestDebugControl _whileStepping;
    private GuestDebugAbilities? _abilities;
    private ulong? _reported;
    private bool _goesBySteps;
    private bool _isBetweenInstructions = true;
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
        _stops = new DebugStopReader(vcpu, _software, _registers);
        _armed = new ArmedDebugging(vcpu);
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
        _registers.Set(register, breakpoint);
    }

    /// <summary>
    /// Makes the guest get the breakpoint exception when it goes on, as if the debugger were not there: what to do after
    /// <see cref="DebugStopReasons.GuestBreakpoint"/>, since the guest would meet its INT3 again.
    /// </summary>
    public void PassBreakpointToGuest()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _armed.PassesBreakpoint = true;
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
        _goesBySteps = !PlaceStandIns() || (_registers.Any && !HasWorkingRegisters);
        if (
            _goesBySteps
            && _isBetweenInstructions
            && _stops.ReachedBy(new(DebugStopReasons.Step, _stops.LinearRip())) is { Reasons: not 0 } here
        )
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
        LastStop = _stops.Read(exit);
        if (_goesBySteps && LastStop.Reasons.HasFlag(DebugStopReasons.Step))
            LastStop = _stops.ReachedBy(LastStop);
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
        return StepFrom(_stops.LinearRip());
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
        address = _stops.LinearRip();
        return address == _reported && (_software.Contains(address) || _registers.ExecutesAt(address));
    }

    private KvmExit StepFrom(ulong address)
    {
        var isPatched = _software.Contains(address);
        if (isPatched)
            _software.Lift(address);
        try
        {
            _registers.ClearStandIns();
            _goesBySteps = false;
            Arm(_whileStepping | SoftwareEvents, passed: address);
            _vcpu.GetRegs(out var before);
            var exit = Run();
            if (IsToBeRepeated(exit, before))
                exit = Run();
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

    private bool IsToBeRepeated(KvmExit exit, in KvmRegs before)
    {
        if (!SingleSteps.IsEndedBy(exit))
            return false;
        _vcpu.GetRegs(out var after);
        return SingleSteps.IsToBeRepeated(exit, before, after);
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
        _registers.ClearStandIns();
        return _software.Count == 0 || _software.WritesInt3 || (HasWorkingRegisters && _registers.TryPlaceStandIns(_software.Addresses));
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

    /// <summary>Tells KVM what is to end the next run: some events, and the registers but for those on an instruction.</summary>
    private void Arm(KvmGuestDebugControl events, ulong? passed)
    {
        KvmGuestDebug debug = default;
        debug.Control = events;
        _registers.AddTo(ref debug, passed);
        _armed.Set(debug);
    }
}
