namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.3.1.4: guest RIP, RFLAGS and SSP. The reserved bits of RFLAGS that must be 0 are data of the field.</summary>
internal static class GuestRipRflagsRules
{
    internal static RuleSet Set { get; } =
        new(VmEntryStage.GuestState, "SDM 3C 27.3.1.4")
        {
            GuestRipOf32Bits,
            GuestRipUnusedBits,
            GuestRflagsFixedBit,
            GuestRflagsVirtual8086,
            GuestRflagsInterruptFlag,
            GuestSspOf32Bits,
            GuestSspUnusedBits,
        };

    private static void GuestRipOf32Bits(VmEntryState state) => CheckShort(state, VmcsField.GuestRip);

    private static void GuestRipUnusedBits(VmEntryState state) => CheckLong(state, VmcsField.GuestRip);

    private static void GuestRflagsFixedBit(VmEntryState state)
    {
        if ((state.Vmcs.GuestRflags & RegisterBits.RflagsFixed) == 0)
            state.Violate("Bit 1 of RFLAGS is 0, but always reads as 1.", "Set bit 1.", VmcsField.GuestRflags);
    }

    private static void GuestRflagsVirtual8086(VmEntryState state)
    {
        var isReal = (state.Vmcs.GuestCr0 & RegisterBits.Cr0Pe) == 0;
        if (state.IsVirtual8086 && (state.Entry.Ia32eModeGuest || isReal))
        {
            state.Violate(
                $"VM (bit 17) is 1 although {(isReal ? "CR0.PE is 0" : "Ia32eModeGuest is 1")}.",
                "Clear it.",
                VmcsField.GuestRflags,
                isReal ? VmcsField.GuestCr0 : VmcsField.VmEntryControls
            );
        }
    }

    private static void GuestRflagsInterruptFlag(VmEntryState state)
    {
        if (
            state.Injects(out var injected)
            && injected.Type == InterruptionType.ExternalInterrupt
            && (state.Vmcs.GuestRflags & RegisterBits.RflagsIf) == 0
        )
        {
            state.Violate(
                "IF (bit 9) is 0 although an external interrupt is injected.",
                "Set IF, or inject the interrupt later.",
                VmcsField.GuestRflags,
                VmcsField.EntryInterruptionInformation
            );
        }
    }

    private static void GuestSspOf32Bits(VmEntryState state)
    {
        if (state.Entry.LoadCetState)
            CheckShort(state, VmcsField.GuestSsp);
    }

    private static void GuestSspUnusedBits(VmEntryState state)
    {
        if (state.Entry.LoadCetState)
            CheckLong(state, VmcsField.GuestSsp);
    }

    private static void CheckShort(VmEntryState state, VmcsField field)
    {
        if (state.SupportsIntel64 && !state.Is64BitCode && state.Vmcs.Access.Read(field) >> 32 != 0)
        {
            state.Violate(
                "Bits 63:32 must be 0 outside 64-bit code.",
                "Write an address below 4 GBytes, or set Ia32eModeGuest and L of CS.",
                field,
                VmcsField.VmEntryControls,
                VmcsField.GuestCsAccessRights
            );
        }
    }

    // Bits 63:N, and not N-1: such an address may be non-canonical, which the first access then finds.
    private static void CheckLong(VmEntryState state, VmcsField field)
    {
        var unused = state.Vmcs.Access.Read(field) >> state.Context.LinearAddressWidth;
        var ones = ulong.MaxValue >> state.Context.LinearAddressWidth;
        if (state.SupportsIntel64 && state.Is64BitCode && unused != 0 && unused != ones)
        {
            state.Violate(
                $"Bits 63:{state.Context.LinearAddressWidth} must be alike in 64-bit code.",
                "Write a canonical address.",
                field,
                VmcsField.VmEntryControls,
                VmcsField.GuestCsAccessRights
            );
        }
    }
}
