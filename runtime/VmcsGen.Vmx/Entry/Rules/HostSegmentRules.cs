namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.2.3: host segment registers. RPL, TI and canonical bases are data of the fields.</summary>
internal static class HostSegmentRules
{
    internal static RuleSet Set { get; } =
        new(VmEntryStage.HostState, "SDM 3C 27.2.3") { HostCsSelectorNotNull, HostTrSelectorNotNull, HostSsSelectorNotNull };

    private static void HostCsSelectorNotNull(VmEntryState state)
    {
        if (state.Vmcs.HostCsSelector == 0)
            state.Violate("The selector of CS is 0.", "Write the selector of the host's code segment.", VmcsField.HostCsSelector);
    }

    private static void HostTrSelectorNotNull(VmEntryState state)
    {
        if (state.Vmcs.HostTrSelector == 0)
            state.Violate(
                "The selector of TR is 0.",
                "Give the host a task-state segment and write its selector.",
                VmcsField.HostTrSelector
            );
    }

    private static void HostSsSelectorNotNull(VmEntryState state)
    {
        if (!state.Exit.HostAddressSpaceSize && state.Vmcs.HostSsSelector == 0)
        {
            state.Violate(
                "The selector of SS is 0, which only a 64-bit host may have.",
                "Write the selector of the host's stack segment.",
                VmcsField.HostSsSelector,
                VmcsField.PrimaryVmExitControls
            );
        }
    }
}
