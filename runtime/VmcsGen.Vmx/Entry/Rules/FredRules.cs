namespace VmcsGen.Vmx.Entry;

/// <summary>What the FRED specification adds to the checks of VM entry. The forms of FRED MSRs are data of the fields.</summary>
internal static class FredRules
{
    private const string Section = "FRED specification";
    private const uint User = 3;

    internal static RuleSet Controls { get; } = new(VmEntryStage.Controls, Section) { InjectedNestedExceptionType };

    internal static RuleSet HostState { get; } = new(VmEntryStage.HostState, Section) { HostCr4FredNeedsHostAddressSpaceSize };

    internal static RuleSet GuestState { get; } =
        new(VmEntryStage.GuestState, Section)
        {
            GuestCr4FredNeedsIa32eModeGuest,
            GuestSsDplUnderFred,
            GuestCsLongModeUnderFred,
            GuestRflagsIoplUnderFred,
            BlockingByStiUnderFred,
        };

    private static void InjectedNestedExceptionType(VmEntryState state)
    {
        if (
            state.Injects(out var injected)
            && injected.NestedException
            && state.Capabilities.Basic.NestedException
            && injected.Type != InterruptionType.HardwareException
        )
        {
            state.Violate(
                $"Bit 13 says nested exception, but the type is {injected.Type}.",
                "Clear bit 13, or inject a hardware exception.",
                VmcsField.EntryInterruptionInformation
            );
        }
    }

    private static void HostCr4FredNeedsHostAddressSpaceSize(VmEntryState state)
    {
        if (!state.Exit.HostAddressSpaceSize && (state.Vmcs.HostCr4 & RegisterBits.Cr4Fred) != 0)
        {
            state.Violate("CR4.FRED (bit 32) is 1 for a 32-bit host.", "Clear it.", VmcsField.HostCr4, VmcsField.PrimaryVmExitControls);
        }
    }

    private static void GuestCr4FredNeedsIa32eModeGuest(VmEntryState state)
    {
        if (state.IsFredGuest && !state.Entry.Ia32eModeGuest)
        {
            state.Violate(
                "CR4.FRED (bit 32) is 1 although Ia32eModeGuest is 0.",
                "Clear FRED, or set Ia32eModeGuest.",
                VmcsField.GuestCr4,
                VmcsField.VmEntryControls
            );
        }
    }

    private static void GuestSsDplUnderFred(VmEntryState state)
    {
        if (state.IsFredGuest && !state.IsVirtual8086 && state.Cpl is 1 or 2)
        {
            state.Violate(
                $"The DPL of SS is {state.Cpl}, but with CR4.FRED it must be 0 or 3.",
                "Write 0 or 3 to bits 6:5, or clear CR4.FRED.",
                VmcsField.GuestSsAccessRights,
                VmcsField.GuestCr4
            );
        }
    }

    private static void GuestCsLongModeUnderFred(VmEntryState state)
    {
        if (state.IsFredGuest && !state.IsVirtual8086 && state.Cpl == 0 && !state.Vmcs.GuestCsAccessRights.LongMode)
        {
            state.Violate(
                "L (bit 13) of CS is 0 at CPL 0, but with CR4.FRED only user mode may be in compatibility mode.",
                "Set bit 13, or clear CR4.FRED.",
                VmcsField.GuestCsAccessRights,
                VmcsField.GuestSsAccessRights,
                VmcsField.GuestCr4
            );
        }
    }

    private static void GuestRflagsIoplUnderFred(VmEntryState state)
    {
        if (state.IsFredGuest && state.Cpl == User && (state.Vmcs.GuestRflags & RegisterBits.RflagsIopl) != 0)
        {
            state.Violate(
                "IOPL (bits 13:12) must be 0 at CPL 3 with CR4.FRED.",
                "Clear them, or clear CR4.FRED.",
                VmcsField.GuestRflags,
                VmcsField.GuestSsAccessRights,
                VmcsField.GuestCr4
            );
        }
    }

    private static void BlockingByStiUnderFred(VmEntryState state)
    {
        if (state.IsFredGuest && state.Cpl == User && state.Vmcs.GuestInterruptibilityState.BlockingBySti)
        {
            state.Violate(
                "STI blocks interrupts (bit 0) at CPL 3, where with CR4.FRED it is not executed.",
                "Clear bit 0, or clear CR4.FRED.",
                VmcsField.GuestInterruptibilityState,
                VmcsField.GuestSsAccessRights,
                VmcsField.GuestCr4
            );
        }
    }
}
