namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.3.1.2: access rights of CS, SS, DS, ES, FS and GS outside virtual-8086 mode.</summary>
internal static class GuestAccessRightsRules
{
    private const uint Accessed = 1;
    private const uint ReadableOrWritable = 2;
    private const uint Code = 8;
    private const uint ReadWriteData = 3;
    private const uint ReadWriteExpandDownData = 7;
    private const uint LastNonconforming = 11;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.GuestState, "SDM 3C 27.3.1.2")
        {
            GuestCsAccessRightsType,
            GuestSsAccessRightsType,
            GuestDataSegmentAccessed,
            GuestDataSegmentReadable,
            GuestSegmentDescriptorType,
            GuestCsDplOfDataSegment,
            GuestCsDplNonconforming,
            GuestCsDplConforming,
            GuestSsDplRpl,
            GuestSsDplWithoutPrivileges,
            GuestDataSegmentDpl,
            GuestSegmentPresent,
            GuestSegmentReservedBits,
            GuestCsDefaultSize,
            GuestSegmentGranularity,
        };

    private static void GuestCsAccessRightsType(VmEntryState state)
    {
        if (state.IsVirtual8086)
            return;
        var cs = GuestSegment.CodeSegment(state);
        var isData = cs.AccessRights.Type == ReadWriteData && state.Secondary.UnrestrictedGuest;
        if (cs.AccessRights.Type is not (9 or 11 or 13 or 15) && !isData)
        {
            var or3 = state.Secondary.UnrestrictedGuest ? "3, " : "";
            state.Violate(
                $"The type of CS is {cs.AccessRights.Type}, but must be {or3}9, 11, 13 or 15: an accessed code segment.",
                "Write 11 to bits 3:0 for a readable one.",
                cs.AccessRightsField
            );
        }
    }

    private static void GuestSsAccessRightsType(VmEntryState state)
    {
        var ss = GuestSegment.StackSegment(state);
        if (!state.IsVirtual8086 && ss.IsUsable && ss.AccessRights.Type is not (ReadWriteData or ReadWriteExpandDownData))
        {
            state.Violate(
                $"The type of SS is {ss.AccessRights.Type}, but must be 3 or 7 while SS is usable: an accessed, writable data segment.",
                "Write 3 to bits 3:0, or make SS unusable.",
                ss.AccessRightsField
            );
        }
    }

    private static void GuestDataSegmentAccessed(VmEntryState state)
    {
        foreach (var segment in UsableData(state))
        {
            if ((segment.AccessRights.Type & Accessed) == 0)
            {
                state.Violate(
                    $"The type of {segment.Name} is {segment.AccessRights.Type}, of a segment that was not accessed.",
                    "Set bit 0.",
                    segment.AccessRightsField
                );
            }
        }
    }

    private static void GuestDataSegmentReadable(VmEntryState state)
    {
        foreach (var segment in UsableData(state))
        {
            if ((segment.AccessRights.Type & (Code | ReadableOrWritable)) == Code)
            {
                state.Violate(
                    $"The type of {segment.Name} is {segment.AccessRights.Type}, a code segment that cannot be read.",
                    "Set bit 1, or write the type of a data segment.",
                    segment.AccessRightsField
                );
            }
        }
    }

    private static void GuestSegmentDescriptorType(VmEntryState state)
    {
        foreach (var segment in Checked(state))
        {
            if (!segment.AccessRights.CodeOrData)
                state.Violate($"S (bit 4) of {segment.Name} is 0, as of a system segment.", "Set bit 4.", segment.AccessRightsField);
        }
    }

    private static void GuestCsDplOfDataSegment(VmEntryState state)
    {
        var cs = GuestSegment.CodeSegment(state);
        if (!state.IsVirtual8086 && cs.AccessRights.Type == ReadWriteData && cs.AccessRights.Dpl != 0)
        {
            state.Violate(
                $"The DPL of CS is {cs.AccessRights.Dpl}, but must be 0 for the type 3, a data segment.",
                "Write 0 to bits 6:5.",
                cs.AccessRightsField
            );
        }
    }

    private static void GuestCsDplNonconforming(VmEntryState state)
    {
        var cs = GuestSegment.CodeSegment(state);
        if (!state.IsVirtual8086 && cs.AccessRights.Type is 9 or 11 && cs.AccessRights.Dpl != state.Cpl)
        {
            state.Violate(
                $"The DPL of CS is {cs.AccessRights.Dpl}, but must be {state.Cpl}, the DPL of SS, for a non-conforming code segment.",
                "Make both alike.",
                cs.AccessRightsField,
                VmcsField.GuestSsAccessRights
            );
        }
    }

    private static void GuestCsDplConforming(VmEntryState state)
    {
        var cs = GuestSegment.CodeSegment(state);
        if (!state.IsVirtual8086 && cs.AccessRights.Type is 13 or 15 && cs.AccessRights.Dpl > state.Cpl)
        {
            state.Violate(
                $"The DPL of CS is {cs.AccessRights.Dpl}, above {state.Cpl}, the DPL of SS, although the code segment is conforming.",
                "Lower the DPL of CS.",
                cs.AccessRightsField,
                VmcsField.GuestSsAccessRights
            );
        }
    }

    private static void GuestSsDplRpl(VmEntryState state)
    {
        var ss = GuestSegment.StackSegment(state);
        if (!state.IsVirtual8086 && !state.Secondary.UnrestrictedGuest && ss.AccessRights.Dpl != ss.Rpl)
        {
            state.Violate(
                $"The DPL of SS is {ss.AccessRights.Dpl}, the RPL of its selector {ss.Rpl}, and without UnrestrictedGuest both must be alike.",
                "Make them alike.",
                ss.AccessRightsField,
                ss.SelectorField
            );
        }
    }

    private static void GuestSsDplWithoutPrivileges(VmEntryState state)
    {
        var isReal = (state.Vmcs.GuestCr0 & RegisterBits.Cr0Pe) == 0;
        var isDataCs = state.Vmcs.GuestCsAccessRights.Type == ReadWriteData;
        if (!state.IsVirtual8086 && state.Cpl != 0 && (isReal || isDataCs))
        {
            state.Violate(
                $"The DPL of SS is {state.Cpl}, but must be 0 {(isReal ? "while CR0.PE is 0" : "while the type of CS is 3")}.",
                "Write 0 to bits 6:5.",
                VmcsField.GuestSsAccessRights,
                isReal ? VmcsField.GuestCr0 : VmcsField.GuestCsAccessRights
            );
        }
    }

    private static void GuestDataSegmentDpl(VmEntryState state)
    {
        if (state.Secondary.UnrestrictedGuest)
            return;
        foreach (var segment in UsableData(state))
        {
            if (segment.AccessRights.Type <= LastNonconforming && segment.AccessRights.Dpl < segment.Rpl)
            {
                state.Violate(
                    $"The DPL of {segment.Name} is {segment.AccessRights.Dpl}, below {segment.Rpl}, the RPL of its selector.",
                    "Raise the DPL, or lower the RPL.",
                    segment.AccessRightsField,
                    segment.SelectorField
                );
            }
        }
    }

    private static void GuestSegmentPresent(VmEntryState state)
    {
        foreach (var segment in Checked(state))
        {
            if (!segment.AccessRights.Present)
                state.Violate($"P (bit 7) of {segment.Name} is 0.", "Set bit 7.", segment.AccessRightsField);
        }
    }

    private static void GuestSegmentReservedBits(VmEntryState state)
    {
        foreach (var segment in Checked(state))
            SegmentRules.CheckReservedBits(state, segment);
    }

    private static void GuestCsDefaultSize(VmEntryState state)
    {
        if (!state.IsVirtual8086 && state.Is64BitCode && state.Vmcs.GuestCsAccessRights.DefaultBig)
        {
            state.Violate(
                "D (bit 14) and L (bit 13) of CS are both 1 in IA-32e mode.",
                "Clear D for 64-bit code, or L for compatibility mode.",
                VmcsField.GuestCsAccessRights,
                VmcsField.VmEntryControls
            );
        }
    }

    private static void GuestSegmentGranularity(VmEntryState state)
    {
        foreach (var segment in Checked(state))
            SegmentRules.CheckGranularity(state, segment);
    }

    private static GuestSegments Checked(VmEntryState state) => state.IsVirtual8086 ? default : GuestSegment.Six(state).Checked;

    private static GuestSegments UsableData(VmEntryState state) => state.IsVirtual8086 ? default : GuestSegment.Data(state).Checked;
}
