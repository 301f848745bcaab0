namespace VmcsGen.Kvm;

/// <summary>Says of exits what breakpoints and steps they tell of.</summary>
internal sealed class DebugStopReader(KvmVcpu vcpu, SoftwareBreakpoints software, BreakpointRegisters registers)
{
    private const ulong LongModeActive = 1 << 10; // EFER.LMA

    /// <summary>What of an exit concerns debugging.</summary>
    internal DebugStop Read(KvmExit exit)
    {
        switch (exit.Reason)
        {
            case KvmExitReason.Debug when exit.Debug.Exception == KvmExceptionVector.Breakpoint:
                var address = exit.Debug.Pc;
                return new(software.Contains(address) ? DebugStopReasons.Breakpoint : DebugStopReasons.GuestBreakpoint, address);

            case KvmExitReason.Debug:
                var step = SingleSteps.IsEndedBy(exit) ? DebugStopReasons.Step : DebugStopReasons.None;
                return new(step | registers.ReasonsOf(exit.Debug.Dr6), exit.Debug.Pc);

            // KVM's emulator refuses INT3 outside of real mode. RIP is still there, so the guest can go on like after an exit.
            case KvmExitReason.InternalError when exit.InternalError.SubError == KvmInternalError.Emulation && software.Count > 0:
                var rip = LinearRip();
                return software.Contains(rip) ? new(DebugStopReasons.Breakpoint, rip) : default;

            default:
                return default;
        }
    }

    /// <summary>The breakpoint that a step has led to, if it has.</summary>
    internal DebugStop ReachedBy(DebugStop step)
    {
        // Of a breakpoint's bit in DR6 there may be none, or one.
        var reached = (step.Reasons & ~DebugStopReasons.Step) | registers.ReachedAt(step.Address);
        if (software.Contains(step.Address))
            reached |= DebugStopReasons.Breakpoint;
        return reached == 0 ? default : new(reached, step.Address);
    }

    /// <summary>Where the guest stands.</summary>
    internal ulong LinearRip()
    {
        vcpu.GetRegs(out var regs);
        vcpu.GetSregs(out var sregs);
        var is64Bit = (sregs.Efer & LongModeActive) != 0 && sregs.Cs.L != 0;
        return is64Bit ? regs.Rip : (uint)(sregs.Cs.Base + regs.Rip);
    }
}
