using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using CsCheck;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>MTRRs against the rules of SDM 3A 12.11, written down here once more.</summary>
public sealed class MtrrTests
{
    private const uint Capabilities = 0xFE;
    private const uint DefaultType = 0x2FF;
    private const int Width = 36;

    // SDM 3A, table 12-9.
    private static readonly (uint Msr, ulong Start, ulong Size)[] s_fixed =
    [
        (0x250, 0x0_0000, 0x1_0000),
        (0x258, 0x8_0000, 0x4000),
        (0x259, 0xA_0000, 0x4000),
        (0x268, 0xC_0000, 0x1000),
        (0x269, 0xC_8000, 0x1000),
        (0x26A, 0xD_0000, 0x1000),
        (0x26B, 0xD_8000, 0x1000),
        (0x26C, 0xE_0000, 0x1000),
        (0x26D, 0xE_8000, 0x1000),
        (0x26E, 0xF_0000, 0x1000),
        (0x26F, 0xF_8000, 0x1000),
    ];

    private static readonly Gen<MemoryType> s_types = Gen.Enum<MemoryType>();

    // Masks with gaps too: SDM 3A 12.11.3 allows them.
    private static readonly Gen<(ulong Base, ulong Mask)> s_variable = Gen.Select(
        s_types,
        Gen.Int[12, 34],
        Gen.ULong,
        Gen.Bool,
        Gen.Bool,
        Gen.ULong,
        static (type, shift, @base, valid, gaps, bits) =>
        {
            var above = ((1UL << Width) - 1) & ~((1UL << shift) - 1);
            var mask = gaps ? above & (bits | 7UL << 33) : above;
            return ((@base & above & ~0xFFFUL) | (ulong)type, mask | (valid ? 1UL << 11 : 0));
        }
    );

    private static readonly Gen<Dictionary<uint, ulong>> s_msrs = Gen.Select(
        s_variable.Array[0, 6],
        s_types.Array[88],
        s_types,
        Gen.Bool,
        Gen.Bool,
        Gen.Bool,
        static (variable, first, type, e, fe, fix) =>
        {
            var msrs = new Dictionary<uint, ulong>
            {
                [Capabilities] = (uint)variable.Length | (fix ? 1UL << 8 : 0),
                [DefaultType] = (ulong)type | (e ? 1UL << 11 : 0) | (fe ? 1UL << 10 : 0),
            };
            for (var i = 0; i < s_fixed.Length && fix; i++)
                msrs[s_fixed[i].Msr] = BitConverter.ToUInt64([.. first.Skip(i * 8).Take(8).Select(static t => (byte)t)]);
            for (var i = 0; i < variable.Length; i++)
                (msrs[0x200 + (2 * (uint)i)], msrs[0x201 + (2 * (uint)i)]) = variable[i];
            return msrs;
        }
    );

    [Fact]
    public void An_address_has_the_type_that_the_rules_give_it() =>
        Gen.Select(s_msrs, Gen.Select(Gen.ULong[0, (1UL << Width) - 1], Gen.Int[0, 24]).Array[40])
            .Sample(
                (msrs, addresses) =>
                {
                    var mtrrs = Mtrrs.Read(new Source(msrs));
                    foreach (var (wide, shift) in addresses)
                        Assert.Equal(Reference(msrs, wide >> shift), mtrrs.TypeOf(wide >> shift));
                }
            );

    [Fact]
    public void Ranges_cover_all_memory_in_order_with_the_types_of_their_addresses() =>
        Gen.Select(s_msrs, Gen.Double[0, 1].Array[8])
            .Sample(
                (msrs, places) =>
                {
                    const ulong End = 1UL << 26;
                    var mtrrs = Mtrrs.Read(new Source(msrs));
                    var ranges = mtrrs.RangesBelow(End);
                    var next = 0UL;
                    for (var i = 0; i < ranges.Count; i++)
                    {
                        Assert.Equal(next, ranges[i].Start);
                        Assert.True(i == 0 || ranges[i].MemoryType != ranges[i - 1].MemoryType, "two ranges of one type are one");
                        next += ranges[i].Length;
                        foreach (var place in places.Append(0).Append(1))
                        {
                            var address = ranges[i].Start + (ulong)(place * (ranges[i].Length - 1));
                            Assert.Equal(Reference(msrs, address), ranges[i].MemoryType);
                        }
                    }
                    Assert.Equal(End, next);
                },
                iter: 300
            );

    [Fact]
    public void A_usual_PC_has_write_back_memory_with_holes()
    {
        var msrs = new Dictionary<uint, ulong>
        {
            [Capabilities] = 0x508,
            [DefaultType] = 0xC06,
            [0x200] = 0xC000_0000,
            [0x201] = 0xF_C000_0800, // 3 to 4 GBytes: UC
        };
        foreach (var (msr, start, _) in s_fixed)
            msrs[msr] = start is >= 0xA_0000 and < 0xC_0000 ? 0 : 0x0606_0606_0606_0606UL;
        for (var i = 1u; i < 8; i++)
            (msrs[0x200 + (2 * i)], msrs[0x201 + (2 * i)]) = (0, 0);
        var mtrrs = Mtrrs.Read(new Source(msrs));

        Assert.Equal((MemoryType.WriteBack, 1, true), (mtrrs.DefaultType, mtrrs.VariableRangeCount, mtrrs.UsesFixedRanges));
        Assert.Equal(
            [
                new(0, 0xA_0000, MemoryType.WriteBack),
                new(0xA_0000, 0x2_0000, MemoryType.Uncacheable),
                new(0xC_0000, 0xBFF4_0000, MemoryType.WriteBack),
                new(0xC000_0000, 0x4000_0000, MemoryType.Uncacheable),
                new(0x1_0000_0000, 0xF_0000_0000, MemoryType.WriteBack),
            ],
            mtrrs.RangesBelow(1UL << 36)
        );
        Assert.Equal("0xA0000 to 0xBFFFF: Uncacheable", mtrrs.RangesBelow(1UL << 36)[1].ToString());
    }

    [Fact]
    public void Missing_MTRRs_are_named()
    {
        Assert.Throws<NotSupportedException>(static () => Mtrrs.Read(new Source([])));
        var failure = Assert.Throws<InvalidDataException>(static () =>
            Mtrrs.Read(new Source(new() { [Capabilities] = 1, [DefaultType] = 0x800 }))
        );
        Assert.Contains("0x201", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(static () =>
            Mtrrs.Read(new Source(new() { [Capabilities] = 0, [DefaultType] = 0 })).RangesBelow(0x3000)
        );
    }

    private static MemoryType Reference(Dictionary<uint, ulong> msrs, ulong address)
    {
        var defaults = msrs[DefaultType];
        if ((defaults >> 11 & 1) == 0)
            return MemoryType.Uncacheable;
        if ((defaults >> 10 & 1) == 1 && (msrs[Capabilities] >> 8 & 1) == 1 && address < 0x10_0000)
        {
            var (msr, start, size) = s_fixed.Last(row => row.Start <= address);
            return (MemoryType)(msrs[msr] >> (int)((address - start) / size * 8) & 0xFF);
        }
        var types = new HashSet<MemoryType>();
        for (var i = 0u; i < (msrs[Capabilities] & 0xFF); i++)
        {
            var (@base, mask) = (msrs[0x200 + (2 * i)], msrs[0x201 + (2 * i)]);
            // Only bits 12 and up of either are compared.
            if ((mask >> 11 & 1) == 1 && (address & mask & ~0xFFFUL) == (@base & mask & ~0xFFFUL))
                types.Add((MemoryType)(@base & 0xFF));
        }
        if (types.Count == 0)
            return (MemoryType)(defaults & 0xFF);
        if (types.Count == 1)
            return types.Single();
        return types.SetEquals([MemoryType.WriteThrough, MemoryType.WriteBack]) ? MemoryType.WriteThrough : MemoryType.Uncacheable;
    }

    private sealed class Source(Dictionary<uint, ulong> msrs) : IMsrSource
    {
        public bool TryReadMsr(uint index, out ulong value) => msrs.TryGetValue(index, out value);
    }
}
