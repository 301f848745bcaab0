namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.2.4: checks related to address-space size.</summary>
internal static class AddressSpaceRules
{
    private const ulong High = 0xFFFF_FFFF_0000_0000;
    private const VmcsField ExitControls = VmcsField.PrimaryVmExitControls;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.HostState, "SDM 3C 27.2.4")
        {
            Ia32eModeGuestNeedsIa32eMode,
            HostAddressSpaceSizeNeedsIa32eMode,
            Ia32eModeNeedsHostAddressSpaceSize,
            Ia32eModeGuestNeedsHostAddressSpaceSize,
            HostCr4PcideNeedsHostAddressSpaceSize,
            HostRipOf32Bits,
            HostCetStateOf32Bits,
            HostAddressSpaceSizeNeedsHostCr4Pae,
            HostRipCanonical,
            HostCetStateCanonical,
        };

    private static bool Is64BitHost(VmEntryState state) => state.Exit.HostAddressSpaceSize;

    private static void Ia32eModeGuestNeedsIa32eMode(VmEntryState state)
    {
        if (!state.IsInIa32eMode && state.Entry.Ia32eModeGuest)
        {
            state.Violate(
                "Ia32eModeGuest is 1 although VM entry is executed outside IA-32e mode.",
                "Clear it, or enter IA-32e mode before VM entry.",
                VmcsField.VmEntryControls
            );
        }
    }

    private static void HostAddressSpaceSizeNeedsIa32eMode(VmEntryState state)
    {
        if (!state.IsInIa32eMode && Is64BitHost(state))
        {
            state.Violate(
                "HostAddressSpaceSize is 1 although VM entry is executed outside IA-32e mode.",
                "Clear it, or enter IA-32e mode before VM entry.",
                ExitControls
            );
        }
    }

    private static void Ia32eModeNeedsHostAddressSpaceSize(VmEntryState state)
    {
        if (state.IsInIa32eMode && !Is64BitHost(state))
            state.Violate("HostAddressSpaceSize is 0 although VM entry is executed in IA-32e mode.", "Set it.", ExitControls);
    }

    private static void Ia32eModeGuestNeedsHostAddressSpaceSize(VmEntryState state)
    {
        if (!Is64BitHost(state) && state.Entry.Ia32eModeGuest)
        {
            state.Violate(
                "Ia32eModeGuest is 1 although HostAddressSpaceSize is 0.",
                "Set HostAddressSpaceSize, or clear Ia32eModeGuest.",
                VmcsField.VmEntryControls,
                ExitControls
            );
        }
    }

    private static void HostCr4PcideNeedsHostAddressSpaceSize(VmEntryState state)
    {
        if (!Is64BitHost(state) && (state.Vmcs.HostCr4 & RegisterBits.Cr4Pcide) != 0)
            state.Violate("CR4.PCIDE (bit 17) is 1 for a 32-bit host.", "Clear it.", VmcsField.HostCr4, ExitControls);
    }

    private static void HostRipOf32Bits(VmEntryState state)
    {
        if (!Is64BitHost(state) && (state.Vmcs.HostRip & High) != 0)
            state.Violate(
                "Bits 63:32 of RIP must be 0 for a 32-bit host.",
                "Write an address below 4 GBytes.",
                VmcsField.HostRip,
                ExitControls
            );
    }

    private static void HostCetStateOf32Bits(VmEntryState state)
    {
        if (Is64BitHost(state) || !state.Exit.LoadCetState)
            return;
        Check(VmcsField.HostIa32SCet, state.Vmcs.HostIa32SCet);
        Check(VmcsField.HostSsp, state.Vmcs.HostSsp);

        void Check(VmcsField field, ulong value)
        {
            if ((value & High) != 0)
                state.Violate("Bits 63:32 must be 0 for a 32-bit host.", "Clear them.", field, ExitControls);
        }
    }

    private static void HostAddressSpaceSizeNeedsHostCr4Pae(VmEntryState state)
    {
        if (Is64BitHost(state) && (state.Vmcs.HostCr4 & RegisterBits.Cr4Pae) == 0)
            state.Violate("CR4.PAE (bit 5) is 0 for a 64-bit host.", "Set it.", VmcsField.HostCr4, ExitControls);
    }

    private static void HostRipCanonical(VmEntryState state)
    {
        if (Is64BitHost(state) && !state.IsCanonical(state.Vmcs.HostRip))
            state.Violate("RIP is not canonical.", "Write the address of the VM-exit handler.", VmcsField.HostRip);
    }

    private static void HostCetStateCanonical(VmEntryState state)
    {
        if (!Is64BitHost(state) || !state.Exit.LoadCetState)
            return;
        Check(VmcsField.HostIa32SCet, state.Vmcs.HostIa32SCet);
        Check(VmcsField.HostSsp, state.Vmcs.HostSsp);

        void Check(VmcsField field, ulong value)
        {
            if (!state.IsCanonical(value))
                state.Violate("The linear address is not canonical.", "Write a canonical address.", field);
        }
    }
}
