namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.2.1.1: the EPT pointer, and the controls that work with EPT only.</summary>
internal static class EptControlRules
{
    private const VmcsField Secondary = VmcsField.SecondaryProcessorBasedControls;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.Controls, "SDM 3C 27.2.1.1")
        {
            EptPointerMemoryType,
            EptPointerPageWalkLength,
            EptPointerAccessedAndDirtyFlags,
            EptPointerSupervisorShadowStack,
            EptPointerReservedBits,
            PmlNeedsEpt,
            UnrestrictedGuestNeedsEpt,
            ModeBasedExecuteControlNeedsEpt,
            SubPageWritePermissionsNeedEpt,
            EptpSwitchingNeedsEpt,
            HlatNeedsEpt,
            EptPagingWriteControlNeedsEpt,
            GuestPagingVerificationNeedsEpt,
        };

    private static bool HasEptPointer(VmEntryState state) => state.Secondary.EnableEpt && state.Has(VmcsField.EptPointer);

    private static void EptPointerMemoryType(VmEntryState state)
    {
        if (!HasEptPointer(state))
            return;
        var capabilities = state.Capabilities.EptVpid;
        var type = state.Vmcs.EptPointer.MemoryType;
        var isSupported = type switch
        {
            MemoryType.Uncacheable => capabilities.MemoryTypeUncacheable,
            MemoryType.WriteBack => capabilities.MemoryTypeWriteBack,
            _ => false,
        };
        if (!isSupported)
        {
            state.Violate(
                $"IA32_VMX_EPT_VPID_CAP does not offer the memory type {(uint)type} for EPT paging structures.",
                capabilities.MemoryTypeWriteBack ? "Write 6 (write-back) to bits 2:0." : "Write 0 (uncacheable) to bits 2:0.",
                VmcsField.EptPointer
            );
        }
    }

    private static void EptPointerPageWalkLength(VmEntryState state)
    {
        if (!HasEptPointer(state))
            return;
        var capabilities = state.Capabilities.EptVpid;
        var length = state.Vmcs.EptPointer.PageWalkLengthMinus1 + 1;
        if (!(length == 4 && capabilities.PageWalkLength4) && !(length == 5 && capabilities.PageWalkLength5))
        {
            state.Violate(
                $"IA32_VMX_EPT_VPID_CAP does not offer an EPT page walk of {length} levels.",
                "Write 3 (4 levels) to bits 5:3, or 4 (5 levels) where that is offered.",
                VmcsField.EptPointer
            );
        }
    }

    private static void EptPointerAccessedAndDirtyFlags(VmEntryState state)
    {
        if (HasEptPointer(state) && state.Vmcs.EptPointer.EnableAccessedAndDirtyFlags && !state.Capabilities.EptVpid.AccessedAndDirtyFlags)
        {
            state.Violate(
                "Bit 6 enables accessed and dirty flags for EPT, which the processor does not have by IA32_VMX_EPT_VPID_CAP.",
                "Clear bit 6.",
                VmcsField.EptPointer
            );
        }
    }

    private static void EptPointerSupervisorShadowStack(VmEntryState state)
    {
        if (HasEptPointer(state) && state.Vmcs.EptPointer.EnforceSupervisorShadowStack && !state.Capabilities.EptVpid.SupervisorShadowStack)
        {
            state.Violate(
                "Bit 7 asks for supervisor shadow-stack control, which the processor does not have by IA32_VMX_EPT_VPID_CAP.",
                "Clear bit 7.",
                VmcsField.EptPointer
            );
        }
    }

    private static void EptPointerReservedBits(VmEntryState state)
    {
        const ulong Low = 0xF00;
        if (HasEptPointer(state) && (state.Vmcs.EptPointer.Value & (Low | state.BeyondPhysicalWidth)) is var bits and not 0)
        {
            state.Violate(
                $"{RegisterBits.Name(bits)} must be 0: 11:8 are reserved, and so is what lies beyond the physical-address width.",
                "Clear them.",
                VmcsField.EptPointer
            );
        }
    }

    private static void PmlNeedsEpt(VmEntryState state) => NeedsEpt(state, state.Secondary.EnablePml, "EnablePml", Secondary);

    private static void UnrestrictedGuestNeedsEpt(VmEntryState state) =>
        NeedsEpt(state, state.Secondary.UnrestrictedGuest, "UnrestrictedGuest", Secondary);

    private static void ModeBasedExecuteControlNeedsEpt(VmEntryState state) =>
        NeedsEpt(state, state.Secondary.ModeBasedExecuteControlForEpt, "ModeBasedExecuteControlForEpt", Secondary);

    private static void SubPageWritePermissionsNeedEpt(VmEntryState state) =>
        NeedsEpt(state, state.Secondary.SubPageWritePermissionsForEpt, "SubPageWritePermissionsForEpt", Secondary);

    private static void EptpSwitchingNeedsEpt(VmEntryState state) =>
        NeedsEpt(state, state.Functions.EptpSwitching, "EptpSwitching", VmcsField.VmFunctionControls);

    private static void HlatNeedsEpt(VmEntryState state) =>
        NeedsEpt(state, state.Tertiary.EnableHlat, "EnableHlat", VmcsField.TertiaryProcessorBasedControls);

    private static void EptPagingWriteControlNeedsEpt(VmEntryState state) =>
        NeedsEpt(state, state.Tertiary.EptPagingWriteControl, "EptPagingWriteControl", VmcsField.TertiaryProcessorBasedControls);

    private static void GuestPagingVerificationNeedsEpt(VmEntryState state) =>
        NeedsEpt(state, state.Tertiary.GuestPagingVerification, "GuestPagingVerification", VmcsField.TertiaryProcessorBasedControls);

    private static void NeedsEpt(VmEntryState state, bool isOne, string control, VmcsField field) =>
        ControlWordRules.CheckNeeds(state, isOne, control, state.Secondary.EnableEpt, "EnableEpt", field, Secondary);
}
