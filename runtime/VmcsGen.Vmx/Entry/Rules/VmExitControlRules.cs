namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.2.1.2: VM-exit control fields.</summary>
internal static class VmExitControlRules
{
    internal static RuleSet Set { get; } =
        new(VmEntryStage.Controls, "SDM 3C 27.2.1.2")
        {
            PrimaryVmExitControlsAllowedSettings,
            SecondaryVmExitControlsAllowedSettings,
            SavePreemptionTimerNeedsTimer,
            VmExitMsrStoreAreaAlignment,
            VmExitMsrStoreAreaAddress,
            VmExitMsrLoadAreaAlignment,
            VmExitMsrLoadAreaAddress,
        };

    private static void PrimaryVmExitControlsAllowedSettings(VmEntryState state) =>
        ControlWordRules.CheckAllowedSettings(state, VmxControlWord.PrimaryVmExit, state.Exit.Value);

    private static void SecondaryVmExitControlsAllowedSettings(VmEntryState state)
    {
        if (state.Exit.ActivateSecondaryControls)
            ControlWordRules.CheckAllowedSettings(state, VmxControlWord.SecondaryVmExit, state.Exit2.Value);
    }

    private static void SavePreemptionTimerNeedsTimer(VmEntryState state) =>
        ControlWordRules.CheckNeeds(
            state,
            state.Exit.SaveVmxPreemptionTimerValue,
            "SaveVmxPreemptionTimerValue",
            state.Pin.ActivateVmxPreemptionTimer,
            "ActivateVmxPreemptionTimer",
            VmcsField.PrimaryVmExitControls,
            VmcsField.PinBasedControls
        );

    private static void VmExitMsrStoreAreaAlignment(VmEntryState state) =>
        MsrAreaRules.CheckAlignment(state, VmcsField.VmExitMsrStoreAddress, VmcsField.VmExitMsrStoreCount);

    private static void VmExitMsrStoreAreaAddress(VmEntryState state) =>
        MsrAreaRules.CheckAddress(state, VmcsField.VmExitMsrStoreAddress, VmcsField.VmExitMsrStoreCount);

    private static void VmExitMsrLoadAreaAlignment(VmEntryState state) =>
        MsrAreaRules.CheckAlignment(state, VmcsField.VmExitMsrLoadAddress, VmcsField.VmExitMsrLoadCount);

    private static void VmExitMsrLoadAreaAddress(VmEntryState state) =>
        MsrAreaRules.CheckAddress(state, VmcsField.VmExitMsrLoadAddress, VmcsField.VmExitMsrLoadCount);
}
