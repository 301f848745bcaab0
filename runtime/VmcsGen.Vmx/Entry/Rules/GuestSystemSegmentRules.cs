namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.3.1.2: access rights of TR, which must be usable, and of LDTR where it is.</summary>
internal static class GuestSystemSegmentRules
{
    private const uint Ldt = 2;
    private const uint BusyTss16 = 3;
    private const uint BusyTss = 11;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.GuestState, "SDM 3C 27.3.1.2")
        {
            GuestTrUsable,
            GuestTrAccessRightsType,
            GuestLdtrAccessRightsType,
            GuestSystemSegmentDescriptorType,
            GuestSystemSegmentPresent,
            GuestSystemSegmentReservedBits,
            GuestSystemSegmentGranularity,
        };

    private static void GuestTrUsable(VmEntryState state)
    {
        if (!GuestSegment.TaskRegister(state).IsUsable)
            state.Violate("TR is unusable (bit 16).", "Clear bit 16 and describe a busy TSS.", VmcsField.GuestTrAccessRights);
    }

    private static void GuestTrAccessRightsType(VmEntryState state)
    {
        var type = state.Vmcs.GuestTrAccessRights.Type;
        var is16Bit = type == BusyTss16 && !state.Entry.Ia32eModeGuest;
        if (type != BusyTss && !is16Bit)
        {
            state.Violate(
                $"The type of TR is {type}, but must be {(state.Entry.Ia32eModeGuest ? "11, a busy 64-bit TSS" : "3 or 11, a busy TSS")}.",
                "Write 11 to bits 3:0.",
                VmcsField.GuestTrAccessRights,
                VmcsField.VmEntryControls
            );
        }
    }

    private static void GuestLdtrAccessRightsType(VmEntryState state)
    {
        var ldtr = GuestSegment.LocalDescriptorTable(state);
        if (ldtr.IsUsable && ldtr.AccessRights.Type != Ldt)
        {
            state.Violate(
                $"The type of LDTR is {ldtr.AccessRights.Type}, but must be 2 while LDTR is usable.",
                "Write 2 to bits 3:0, or make LDTR unusable.",
                ldtr.AccessRightsField
            );
        }
    }

    private static void GuestSystemSegmentDescriptorType(VmEntryState state)
    {
        foreach (var segment in Checked(state))
        {
            if (segment.AccessRights.CodeOrData)
                state.Violate(
                    $"S (bit 4) of {segment.Name} is 1, as of a code or data segment.",
                    "Clear bit 4.",
                    segment.AccessRightsField
                );
        }
    }

    private static void GuestSystemSegmentPresent(VmEntryState state)
    {
        foreach (var segment in Checked(state))
        {
            if (!segment.AccessRights.Present)
                state.Violate($"P (bit 7) of {segment.Name} is 0.", "Set bit 7.", segment.AccessRightsField);
        }
    }

    private static void GuestSystemSegmentReservedBits(VmEntryState state)
    {
        foreach (var segment in Checked(state))
            SegmentRules.CheckReservedBits(state, segment);
    }

    private static void GuestSystemSegmentGranularity(VmEntryState state)
    {
        foreach (var segment in Checked(state))
            SegmentRules.CheckGranularity(state, segment);
    }

    private static GuestSegments Checked(VmEntryState state) => GuestSegment.System(state).Checked;
}
