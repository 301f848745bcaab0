namespace VmcsGen.Vmx.Entry;

/// <summary>
/// Checks the host state and the guest state of the current VMCS by the package's own rules, which are compiled here as they are
/// (SDM 3C 27.2.2 to 27.3.1). Rules of the control fields and of the MSR areas are not among them.
/// </summary>
internal static class VmEntryChecker
{
    /// <summary>Says which rules are broken, with fields and remedy.</summary>
    /// <returns>How many.</returns>
    internal static uint Check()
    {
        var state = new VmEntryState();
        HostRegisterRules.Set.Check(state);
        HostSegmentRules.Set.Check(state);
        AddressSpaceRules.Set.Check(state);
        FredRules.HostState.Check(state);
        GuestControlRegisterRules.Set.Check(state);
        GuestSegmentRules.Set.Check(state);
        GuestAccessRightsRules.Set.Check(state);
        GuestSystemSegmentRules.Set.Check(state);
        GuestRipRflagsRules.Set.Check(state);
        ActivityStateRules.Set.Check(state);
        InterruptibilityRules.Set.Check(state);
        PendingDebugRules.Set.Check(state);
        GuestPdpteRules.Set.Check(state);
        FredRules.GuestState.Check(state);
        return state.Violations;
    }
}
