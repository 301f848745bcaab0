namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.2.1.3: VM-entry control fields, apart from event injection.</summary>
internal static class VmEntryControlRules
{
    internal static RuleSet Set { get; } =
        new(VmEntryStage.Controls, "SDM 3C 27.2.1.3")
        {
            VmEntryControlsAllowedSettings,
            VmEntryMsrLoadAreaAlignment,
            VmEntryMsrLoadAreaAddress,
            SmmControlsNeedSmm,
            EntryToSmmExcludesDeactivation,
        };

    private static void VmEntryControlsAllowedSettings(VmEntryState state) =>
        ControlWordRules.CheckAllowedSettings(state, VmxControlWord.VmEntry, state.Entry.Value);

    private static void VmEntryMsrLoadAreaAlignment(VmEntryState state) =>
        MsrAreaRules.CheckAlignment(state, VmcsField.VmEntryMsrLoadAddress, VmcsField.VmEntryMsrLoadCount);

    private static void VmEntryMsrLoadAreaAddress(VmEntryState state) =>
        MsrAreaRules.CheckAddress(state, VmcsField.VmEntryMsrLoadAddress, VmcsField.VmEntryMsrLoadCount);

    private static void SmmControlsNeedSmm(VmEntryState state)
    {
        if (!state.Context.IsInSmm && (state.Entry.EntryToSmm || state.Entry.DeactivateDualMonitorTreatment))
        {
            state.Violate(
                "EntryToSmm and DeactivateDualMonitorTreatment must be 0 outside of SMM.",
                "Clear both.",
                VmcsField.VmEntryControls
            );
        }
    }

    private static void EntryToSmmExcludesDeactivation(VmEntryState state)
    {
        if (state.Entry.EntryToSmm && state.Entry.DeactivateDualMonitorTreatment)
            state.Violate("EntryToSmm and DeactivateDualMonitorTreatment are both 1.", "Clear one of them.", VmcsField.VmEntryControls);
    }
}
