namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.3.1.5: the interruptibility state.</summary>
internal static class InterruptibilityRules
{
    private const VmcsField Field = VmcsField.GuestInterruptibilityState;

    // SDM 3C 27.8.
    private const ulong NmiQualification = 3;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.GuestState, "SDM 3C 27.3.1.5")
        {
            InterruptibilityReservedBits,
            BlockingByStiExcludesMovSs,
            BlockingByStiNeedsInterruptFlag,
            BlockingExcludesInjectedInterrupt,
            BlockingByMovSsExcludesInjectedNmi,
            BlockingByStiExcludesInjectedNmi,
            BlockingBySmiNeedsSmm,
            EntryToSmmNeedsBlockingBySmi,
            BlockingByNmiExcludesInjectedVirtualNmi,
            EnclaveInterruptionNeedsSgx,
            EnclaveInterruptionExcludesMovSs,
        };

    private static InterruptibilityState Blocking(VmEntryState state) => state.Vmcs.GuestInterruptibilityState;

    private static void InterruptibilityReservedBits(VmEntryState state)
    {
        const uint Reserved = ~0x1Fu;
        if ((Blocking(state).Value & Reserved) is var bits and not 0)
            state.Violate($"{RegisterBits.Name(bits)} must be 0: 31:5 are reserved.", "Clear them.", Field);
    }

    private static void BlockingByStiExcludesMovSs(VmEntryState state)
    {
        if (Blocking(state) is { BlockingBySti: true, BlockingByMovSs: true })
            state.Violate("Both STI and MOV SS block events.", "Clear bit 0 or bit 1.", Field);
    }

    private static void BlockingByStiNeedsInterruptFlag(VmEntryState state)
    {
        if (Blocking(state).BlockingBySti && (state.Vmcs.GuestRflags & RegisterBits.RflagsIf) == 0)
        {
            state.Violate(
                "STI blocks interrupts (bit 0) although RFLAGS.IF, which STI sets, is 0.",
                "Clear bit 0, or set RFLAGS.IF.",
                Field,
                VmcsField.GuestRflags
            );
        }
    }

    private static void BlockingExcludesInjectedInterrupt(VmEntryState state)
    {
        if (IsInjected(state, InterruptionType.ExternalInterrupt) && (Blocking(state).BlockingBySti || Blocking(state).BlockingByMovSs))
        {
            state.Violate(
                "An external interrupt is injected while STI or MOV SS blocks interrupts.",
                "Clear bits 1:0, or inject the interrupt later.",
                Field,
                VmcsField.EntryInterruptionInformation
            );
        }
    }

    private static void BlockingByMovSsExcludesInjectedNmi(VmEntryState state)
    {
        if (IsInjected(state, InterruptionType.Nmi) && Blocking(state).BlockingByMovSs)
        {
            state.Violate(
                "An NMI is injected while MOV SS blocks events.",
                "Clear bit 1, or inject the NMI later.",
                Field,
                VmcsField.EntryInterruptionInformation
            );
        }
    }

    private static void BlockingByStiExcludesInjectedNmi(VmEntryState state)
    {
        if (state.Context.RefusesNmiBlockedBySti && IsInjected(state, InterruptionType.Nmi) && Blocking(state).BlockingBySti)
        {
            state.Violate(
                NmiQualification,
                "An NMI is injected while STI blocks interrupts, which this processor refuses.",
                "Clear bit 0, or inject the NMI later.",
                Field,
                VmcsField.EntryInterruptionInformation
            );
        }
    }

    private static void BlockingBySmiNeedsSmm(VmEntryState state)
    {
        if (Blocking(state).BlockingBySmi && !state.Context.IsInSmm)
            state.Violate("SMIs are blocked (bit 2) outside of SMM.", "Clear bit 2.", Field);
    }

    private static void EntryToSmmNeedsBlockingBySmi(VmEntryState state)
    {
        if (state.Entry.EntryToSmm && !Blocking(state).BlockingBySmi)
            state.Violate("SMIs are not blocked (bit 2) although EntryToSmm is 1.", "Set bit 2.", Field, VmcsField.VmEntryControls);
    }

    private static void BlockingByNmiExcludesInjectedVirtualNmi(VmEntryState state)
    {
        if (state.Pin.VirtualNmis && IsInjected(state, InterruptionType.Nmi) && Blocking(state).BlockingByNmi)
        {
            state.Violate(
                "An NMI is injected while virtual NMIs are blocked (bit 3).",
                "Clear bit 3, or inject the NMI after the guest's IRET.",
                Field,
                VmcsField.EntryInterruptionInformation,
                VmcsField.PinBasedControls
            );
        }
    }

    private static void EnclaveInterruptionNeedsSgx(VmEntryState state)
    {
        if (Blocking(state).EnclaveInterruption && !state.Context.SupportsSgx)
            state.Violate("Enclave interruption (bit 4) is 1, but the processor has no SGX.", "Clear bit 4.", Field);
    }

    private static void EnclaveInterruptionExcludesMovSs(VmEntryState state)
    {
        if (Blocking(state) is { EnclaveInterruption: true, BlockingByMovSs: true })
            state.Violate("Enclave interruption (bit 4) and blocking by MOV SS (bit 1) are both 1.", "Clear one of them.", Field);
    }

    private static bool IsInjected(VmEntryState state, InterruptionType type) => state.Injects(out var injected) && injected.Type == type;
}
