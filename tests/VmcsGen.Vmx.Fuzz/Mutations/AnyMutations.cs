using System.Linq;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Mutations that any field can have.</summary>
internal static class AnyMutations
{
    public static void FlipBit(CaseBuilder c) => c.FlipAnyBit(AnyField(c));

    public static void Boundary(CaseBuilder c)
    {
        var linear = c.Context.LinearAddressWidth;
        c.Set(
            AnyField(c),
            c.OneOf(
                0,
                1,
                0xFFF,
                0x1000,
                0x1001,
                0x7FFF_FFFF,
                0x8000_0000,
                0xFFFF_FFFF,
                0x1_0000_0000,
                c.BeyondWidth - 1,
                c.BeyondWidth,
                c.BeyondWidth - 0x1000,
                (1UL << (linear - 1)) - 1,
                1UL << (linear - 1),
                1UL << linear,
                ulong.MaxValue << (linear - 1),
                ulong.MaxValue << linear,
                long.MaxValue,
                1UL << 63,
                ulong.MaxValue - 0xFFF,
                ulong.MaxValue - 1,
                ulong.MaxValue
            )
        );
    }

    public static void ValueOfAnotherField(CaseBuilder c) => c.Set(AnyField(c), c[c.OneOf([.. c.AllFields])]);

    // A failed host state is not observed: its fields have mutations of their own. So have the areas that VM exits use, whose
    // content could stop the processor, and how many MSRs are loaded: more than 512 have no defined end.
    private static VmcsField AnyField(CaseBuilder c) =>
        c.OneOf([
            .. c.AllFields.Where(static field =>
                field.Type != VmcsFieldType.HostState
                && field
                    is not (
                        VmcsField.VmExitMsrStoreAddress
                        or VmcsField.VmExitMsrStoreCount
                        or VmcsField.VmExitMsrLoadAddress
                        or VmcsField.VmExitMsrLoadCount
                        or VmcsField.VmEntryMsrLoadCount
                    )
            ),
        ]);
}
