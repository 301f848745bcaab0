namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.3.1.5: pending debug exceptions.</summary>
internal static class PendingDebugRules
{
    private const VmcsField Field = VmcsField.GuestPendingDebugExceptions;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.GuestState, "SDM 3C 27.3.1.5")
        {
            PendingDebugExceptionsReservedBits,
            PendingSingleStepMissing,
            PendingSingleStepUnexpected,
            PendingRtmBits,
            PendingRtmNeedsRtm,
            PendingRtmExcludesMovSs,
        };

    private static PendingDebugExceptions Pending(VmEntryState state) => state.Vmcs.GuestPendingDebugExceptions;

    private static void PendingDebugExceptionsReservedBits(VmEntryState state)
    {
        var defined = new PendingDebugExceptions
        {
            BreakpointConditions = 0xF,
            EnabledBreakpoint = true,
            SingleStep = true,
            Rtm = true,
            BusLock = state.Context.SupportsBusLockDetection,
        };
        if ((Pending(state).Value & ~defined.Value) is var bits and not 0)
            state.Violate($"{RegisterBits.Name(bits)} must be 0: the processor reserves them.", "Clear them.", Field);
    }

    // The next two apply where the guest cannot have reached the boundary at which the single step would have been taken.
    private static void PendingSingleStepMissing(VmEntryState state)
    {
        if (WaitsForDebugException(state) && IsSingleStepping(state) && !Pending(state).SingleStep)
        {
            state.Violate(
                "BS (bit 14) is 0 although the guest single-steps and STI, MOV SS or HLT holds the debug exception back.",
                "Set bit 14, or clear RFLAGS.TF.",
                Field,
                VmcsField.GuestRflags,
                VmcsField.GuestIa32Debugctl,
                VmcsField.GuestInterruptibilityState,
                VmcsField.GuestActivityState
            );
        }
    }

    private static void PendingSingleStepUnexpected(VmEntryState state)
    {
        if (WaitsForDebugException(state) && !IsSingleStepping(state) && Pending(state).SingleStep)
        {
            state.Violate(
                "BS (bit 14) is 1 although the guest does not single-step: RFLAGS.TF is 0 or IA32_DEBUGCTL.BTF is 1.",
                "Clear bit 14, or set RFLAGS.TF.",
                Field,
                VmcsField.GuestRflags,
                VmcsField.GuestIa32Debugctl,
                VmcsField.GuestInterruptibilityState,
                VmcsField.GuestActivityState
            );
        }
    }

    private static void PendingRtmBits(VmEntryState state)
    {
        if (!Pending(state).Rtm)
            return;
        var expected = new PendingDebugExceptions { Rtm = true, EnabledBreakpoint = true };
        if (Pending(state) != expected)
        {
            state.Violate(
                "While RTM (bit 16) is 1, bit 12 must be 1 and all others 0.",
                $"Write 0x{expected.Value:X}, or clear bit 16.",
                Field
            );
        }
    }

    private static void PendingRtmNeedsRtm(VmEntryState state)
    {
        if (Pending(state).Rtm && !state.Context.SupportsRtm)
            state.Violate("RTM (bit 16) is 1, but the processor has no RTM.", "Clear bit 16.", Field);
    }

    private static void PendingRtmExcludesMovSs(VmEntryState state)
    {
        if (Pending(state).Rtm && state.Vmcs.GuestInterruptibilityState.BlockingByMovSs)
        {
            state.Violate(
                "RTM (bit 16) is 1 while MOV SS blocks events.",
                "Clear bit 16, or bit 1 of the interruptibility state.",
                Field,
                VmcsField.GuestInterruptibilityState
            );
        }
    }

    private static bool WaitsForDebugException(VmEntryState state) =>
        state.Vmcs.GuestInterruptibilityState.BlockingBySti
        || state.Vmcs.GuestInterruptibilityState.BlockingByMovSs
        || state.Vmcs.GuestActivityState == ActivityState.Hlt;

    private static bool IsSingleStepping(VmEntryState state) =>
        (state.Vmcs.GuestRflags & RegisterBits.RflagsTf) != 0 && (state.Vmcs.GuestIa32Debugctl & RegisterBits.DebugctlBtf) == 0;
}
