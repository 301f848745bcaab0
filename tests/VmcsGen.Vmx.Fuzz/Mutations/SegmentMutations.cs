using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Mutations of guest segment registers.</summary>
internal static class SegmentMutations
{
    private const uint Usable = 1 << 16;

    // ES, CS, SS, DS, FS, GS, LDTR, TR. CS, SS and TR have most of the rules.
    private static readonly uint[] s_segments = [0, 1, 1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 7];

    public static void ChangeAccessRights(CaseBuilder c)
    {
        var index = c.OneOf(s_segments);
        var field = GuestEsAccessRights + (2 * index);
        var rights = c[field];
        if (index == 6 && c.Chance(70))
            rights = 0x82;
        if (index == 2 && c.Chance(15))
            c.Set(GuestSsSelector, (uint)c.Below(4));
        c.Set(
            field,
            c.Below(12) switch
            {
                0 or 1 or 2 => (rights & ~0xFUL) | (uint)c.Below(16),
                3 => rights ^ 1UL << 4,
                4 or 5 => (rights & ~0x60UL) | (ulong)c.Below(4) << 5,
                6 => rights ^ 1UL << 7,
                7 => rights ^ 1UL << c.OneOf(8, 9, 10, 11, 12, 17, 18, 24, 31),
                8 => rights ^ 1UL << 13,
                9 => rights ^ 1UL << 14,
                10 => rights ^ 1UL << 15,
                _ => rights ^ Usable,
            }
        );
    }

    public static void ChangeSelector(CaseBuilder c)
    {
        var field = GuestEsSelector + (2 * c.OneOf(s_segments));
        c.Set(field, c.OneOf(c[field] ^ 1, c[field] ^ 2, c[field] ^ 3, c[field] ^ 4, 0, c[field] ^ 0x1000, 0xFFFF));
    }

    public static void ChangeBaseOrLimit(CaseBuilder c)
    {
        var index = 2 * c.OneOf(s_segments);
        if (c.Chance(50))
        {
            var field = GuestEsLimit + index;
            c.Set(field, c.OneOf(0UL, 0xFFE, 0xFFF, 0xFFFF, 0xF_FFFF, 0x10_0000, 0x10_0FFF, 0xFFF0_0FFF, 0xFFFF_FFFF));
            // A limit says something only together with the granularity.
            if (c.Chance(30))
                c.Flip(GuestEsAccessRights + index, 1 << 15);
        }
        else
        {
            var field = GuestEsBase + index;
            c.Set(
                field,
                c.OneOf(
                    c[field] ^ 0x10,
                    c[field] | 1UL << 32,
                    c[field] | 1UL << 47,
                    c[field] | 1UL << 48,
                    c[field] | 1UL << 63,
                    0xFFFF_8000_0000_0000,
                    c[GuestEsSelector + index] << 4
                )
            );
        }
    }

    /// <summary>Parts of what a change of CPL consists of.</summary>
    public static void ChangePrivilege(CaseBuilder c)
    {
        var level = (ulong)c.Below(4);
        if (c.Chance(80))
            c.Set(GuestSsAccessRights, (c[GuestSsAccessRights] & ~0x60UL) | level << 5);
        if (c.Chance(80))
            c.Set(GuestCsAccessRights, (c[GuestCsAccessRights] & ~0x60UL) | level << 5 | (c.Chance(30) ? 4UL : 0));
        if (c.Chance(80))
            c.Set(GuestSsSelector, (c[GuestSsSelector] & ~3UL) | level);
        if (c.Chance(80))
            c.Set(GuestCsSelector, (c[GuestCsSelector] & ~3UL) | level);
    }
}
