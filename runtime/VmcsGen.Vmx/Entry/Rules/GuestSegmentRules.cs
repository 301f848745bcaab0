namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.3.1.2: selectors, bases and limits, and all of a virtual-8086 guest's segment registers.</summary>
internal static class GuestSegmentRules
{
    private const uint Virtual8086Limit = 0xFFFF;
    private const uint Virtual8086AccessRights = 0xF3;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.GuestState, "SDM 3C 27.3.1.2")
        {
            GuestTrSelectorTable,
            GuestLdtrSelectorTable,
            GuestSsSelectorRpl,
            GuestVirtual8086SegmentBase,
            GuestLdtrBaseCanonical,
            GuestDataSegmentBase,
            GuestVirtual8086SegmentLimit,
            GuestVirtual8086SegmentAccessRights,
        };

    private static void GuestTrSelectorTable(VmEntryState state) => CheckTable(state, GuestSegment.TaskRegister(state));

    private static void GuestLdtrSelectorTable(VmEntryState state)
    {
        if (GuestSegment.LocalDescriptorTable(state) is { IsUsable: true } ldtr)
            CheckTable(state, ldtr);
    }

    private static void CheckTable(VmEntryState state, GuestSegment segment)
    {
        if (segment.TableIndicator)
        {
            state.Violate(
                $"The TI flag (bit 2) of {segment.Name}'s selector is 1, but the GDT alone holds such segments.",
                "Clear bit 2.",
                segment.SelectorField
            );
        }
    }

    private static void GuestSsSelectorRpl(VmEntryState state)
    {
        var ss = GuestSegment.StackSegment(state);
        var cs = GuestSegment.CodeSegment(state);
        if (!state.IsVirtual8086 && !state.Secondary.UnrestrictedGuest && ss.Rpl != cs.Rpl)
        {
            state.Violate(
                $"The RPL of SS is {ss.Rpl}, that of CS {cs.Rpl}, and without UnrestrictedGuest both must be alike.",
                "Make them alike.",
                ss.SelectorField,
                cs.SelectorField
            );
        }
    }

    private static void GuestVirtual8086SegmentBase(VmEntryState state)
    {
        foreach (var segment in SixOfVirtual8086(state))
        {
            if (segment.Base != (ulong)segment.Selector << 4)
            {
                state.Violate(
                    $"The base of {segment.Name} must be its selector times 16 in virtual-8086 mode.",
                    $"Write 0x{segment.Selector << 4:X} to the base.",
                    segment.BaseField,
                    segment.SelectorField,
                    VmcsField.GuestRflags
                );
            }
        }
    }

    private static void GuestLdtrBaseCanonical(VmEntryState state)
    {
        var ldtr = GuestSegment.LocalDescriptorTable(state);
        if (ldtr.IsUsable && !state.IsCanonical(ldtr.Base))
        {
            state.Violate(
                "The base of LDTR is not canonical although LDTR is usable.",
                "Write a canonical address, or make LDTR unusable.",
                ldtr.BaseField,
                ldtr.AccessRightsField
            );
        }
    }

    private static void GuestDataSegmentBase(VmEntryState state)
    {
        foreach (var segment in GuestSegment.OfShortBase(state))
        {
            if (state.SupportsIntel64 && segment.IsUsable && segment.Base >> 32 != 0)
            {
                state.Violate(
                    $"Bits 63:32 of {segment.Name}'s base must be 0 while it is usable.",
                    $"Clear them, or make {segment.Name} unusable.",
                    segment.BaseField,
                    segment.AccessRightsField
                );
            }
        }
    }

    private static void GuestVirtual8086SegmentLimit(VmEntryState state)
    {
        foreach (var segment in SixOfVirtual8086(state))
        {
            if (segment.Limit != Virtual8086Limit)
            {
                state.Violate(
                    $"The limit of {segment.Name} must be 0xFFFF in virtual-8086 mode.",
                    "Write 0xFFFF.",
                    segment.LimitField,
                    VmcsField.GuestRflags
                );
            }
        }
    }

    private static void GuestVirtual8086SegmentAccessRights(VmEntryState state)
    {
        foreach (var segment in SixOfVirtual8086(state))
        {
            if (segment.AccessRights.Value != Virtual8086AccessRights)
            {
                state.Violate(
                    $"The access rights of {segment.Name} must be 0xF3 in virtual-8086 mode: a present, accessed, writable data segment of DPL 3.",
                    "Write 0xF3.",
                    segment.AccessRightsField,
                    VmcsField.GuestRflags
                );
            }
        }
    }

    private static GuestSegments SixOfVirtual8086(VmEntryState state) => state.IsVirtual8086 ? GuestSegment.Six(state) : default;
}
