using System;
using System.Collections.Generic;

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
/// Whether INT3 stops depends on the processor: with VMX and SVM it always does. Where KVM emulates the instruction instead, the
/// exit is an internal error in protected and 64-bit mode, which <see cref="LastStop"/> reports as the breakpoint that it is; in
/// real mode the guest gets the exception and does not stop. KVM's emulator knows no breakpoints on data either.
/// </para>
/// </remarks>
public sealed class GuestDebugger : IDisposable
{
    private const ulong LongModeActive = 1 << 10; // EFER.LMA

    private readonly KvmVcpu _vcpu;
    private readonly GuestPhysicalMemory _memory;
    private readonly SoftwareBreakpoints _software;
    private readonly HardwareBreakpoint?[] _hardware = new HardwareBreakpoint?[HardwareBreakpoint.RegisterCount];
    private readonly KvmGuestDebugControl _whileStepping;
    private ulong? _reported;
    private bool _passesBreakpoint;
    private bool _disposed;

    /// <summary>Begins to debug a vCPU.</summary>
    /// <param name="vcpu">The vCPU, which must outlive the debugger for the guest's code to be restored.</param>
    public GuestDebugger(KvmVcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        _vcpu = vcpu;
        _memory = vcpu.PhysicalMemory;
        _software = new SoftwareBreakpoints(_memory);
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
        if (!_vcpu.TryTranslate(address, out ulong physicalAddress))
        {
            throw new ArgumentException(
                $"The guest's page tables map nothing at linear address 0x{address:X} now. " +
                "Use a hardware breakpoint, or wait until the guest has mapped it.", nameof(address));
        }
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
    public void SetHardwareBreakpoint(int register, HardwareBreakpoint? breakpoint)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(register);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(register, HardwareBreakpoint.RegisterCount);
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
    /// <returns>The exit; <see cref="LastStop"/> says what of it concerns debugging.</returns>
    /// <exception cref="KvmException">The kernel refused.</exception>
    public KvmExit Continue()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (IsToBePassed(out ulong address))
        {
            KvmExit passing = StepFrom(address);
            if (LastStop.Reasons != DebugStopReasons.Step)
                return passing;
        }
        Arm(_software.Count > 0 ? KvmGuestDebugControl.UseSwBp : 0, passed: null);
        return Run();
    }

    /// <summary>
    /// Executes one instruction, also one with a breakpoint. If it needs the VMM, as IN does, the exit is what it needs, and the
    /// next call completes it and executes the instruction after it.
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
        int done = 0;
        while (done < destination.Length && _vcpu.TryTranslate(address + (ulong)done, out ulong physicalAddress))
        {
            int inPage = GuestMemory.PageSize - (int)(physicalAddress % GuestMemory.PageSize);
            Span<byte> part = destination.Slice(done, Math.Min(inPage, destination.Length - done));
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
        try
        {
            foreach (ulong address in new List<ulong>(_software.Addresses))
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
        bool isPatched = _software.Contains(address);
        if (isPatched)
            _software.Lift(address);
        try
        {
            Arm(_whileStepping | (_software.Count > 0 ? KvmGuestDebugControl.UseSwBp : 0), passed: address);
            KvmExit exit = Run();
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

    private KvmExit Run()
    {
        KvmExit exit = _vcpu.Run();
        LastStop = Explain(exit);
        _reported = LastStop.Reasons != DebugStopReasons.None ? LastStop.Address : null;
        return exit;
    }

    /// <summary>Tells KVM what is to end the next run.</summary>
    /// <param name="events">Single step and software breakpoints.</param>
    /// <param name="passed">
    /// Where a hardware breakpoint on execution is left out. KVM does not set RFLAGS.RF, which passes it, by itself.
    /// </param>
    private void Arm(KvmGuestDebugControl events, ulong? passed)
    {
        KvmGuestDebug debug = default;
        ulong control = 0;
        for (int register = 0; register < _hardware.Length; register++)
        {
            if (_hardware[register] is not { } breakpoint
                || (breakpoint.Condition == HardwareBreakpointCondition.Execution && breakpoint.Address == passed))
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
        _vcpu.SetGuestDebug(debug);
        _passesBreakpoint = false;
    }

    internal DebugStop Explain(KvmExit exit)
    {
        switch (exit.Reason)
        {
            case KvmExitReason.Debug when exit.Debug.Exception == KvmExceptionVector.Breakpoint:
                ulong address = exit.Debug.Pc;
                return new(_software.Contains(address) ? DebugStopReasons.Breakpoint : DebugStopReasons.GuestBreakpoint, address);

            case KvmExitReason.Debug:
                // DR6 also tells of breakpoints whose condition was met and that are not enabled. Source: SDM 3B 19.2.3.
                ulong reasons = exit.Debug.Dr6 & (ulong)DebugStopReasons.Step;
                for (int register = 0; register < _hardware.Length; register++)
                {
                    if (_hardware[register] is not null)
                        reasons |= exit.Debug.Dr6 & 1UL << register;
                }
                return new((DebugStopReasons)reasons, exit.Debug.Pc);

            // KVM's emulator refuses INT3 outside of real mode. RIP is still there, so the guest can go on like after an exit.
            case KvmExitReason.InternalError
                when exit.InternalError.SubError == KvmInternalError.Emulation && _software.Count > 0:
                ulong rip = LinearRip();
                return _software.Contains(rip) ? new(DebugStopReasons.Breakpoint, rip) : default;

            default:
                return default;
        }
    }

    private bool ExecutesAt(ulong address) => Array.Exists(
        _hardware, b => b is { Condition: HardwareBreakpointCondition.Execution } breakpoint && breakpoint.Address == address);

    private ulong LinearRip()
    {
        _vcpu.GetRegs(out KvmRegs regs);
        _vcpu.GetSregs(out KvmSregs sregs);
        bool is64Bit = (sregs.Efer & LongModeActive) != 0 && sregs.Cs.L != 0;
        return is64Bit ? regs.Rip : (uint)(sregs.Cs.Base + regs.Rip);
    }
}
