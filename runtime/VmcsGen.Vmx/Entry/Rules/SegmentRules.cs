namespace VmcsGen.Vmx.Entry;

/// <summary>What rules on the access rights of all kinds of segments share.</summary>
internal static class SegmentRules
{
    internal static void CheckReservedBits(VmEntryState state, GuestSegment segment)
    {
        if ((segment.AccessRights.Value & RegisterBits.AccessRightsReserved) is var bits and not 0)
        {
            state.Violate(
                $"{RegisterBits.Name(bits)} of {segment.Name}'s access rights must be 0: 31:17 and 11:8 are reserved.",
                "Clear them.",
                segment.AccessRightsField
            );
        }
    }

    internal static void CheckGranularity(VmEntryState state, GuestSegment segment)
    {
        const uint Low = 0xFFF;
        const uint High = 0xFFF0_0000;
        if (segment.AccessRights.Granularity && (segment.Limit & Low) != Low)
        {
            state.Violate(
                $"G (bit 15) of {segment.Name} is 1, but bits 11:0 of its limit are not all 1.",
                "Clear G, or set bits 11:0 of the limit.",
                segment.AccessRightsField,
                segment.LimitField
            );
        }
        else if (!segment.AccessRights.Granularity && (segment.Limit & High) != 0)
        {
            state.Violate(
                $"G (bit 15) of {segment.Name} is 0, but its limit is above 0xFFFFF.",
                "Set G, or lower the limit.",
                segment.AccessRightsField,
                segment.LimitField
            );
        }
    }
}
