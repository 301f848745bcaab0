using System;
using CsCheck;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3C 25.6.9.
public class MsrBitmapTests
{
    private static readonly Gen<uint> CoveredMsr = Gen.OneOf(Gen.UInt[0, 0x1FFF], Gen.UInt[0xC000_0000, 0xC000_1FFF]);

    private static readonly Gen<uint> OtherMsr = Gen.OneOf(
        Gen.UInt[0x2000, 0xBFFF_FFFF],
        Gen.UInt[0xC000_2000, uint.MaxValue],
        Gen.Const(0x2000u),
        Gen.Const(0xC000_2000u)
    );

    [Fact]
    public void Every_MSR_has_one_bit_of_its_own_for_reads_and_one_for_writes()
    {
        var page = new byte[4096];
        foreach (var first in new[] { 0u, 0xC000_0000u })
        {
            for (var msr = first; msr < first + 0x2000; msr++)
            {
                foreach (var access in new[] { MsrAccess.Read, MsrAccess.Write })
                {
                    new MsrBitmap(page).Intercept(msr, access);

                    // Reads of low, reads of high, writes of low, writes of high MSRs: 8192 bits each.
                    var bit = (int)(msr - first) + (first == 0 ? 0 : 0x2000) + (access == MsrAccess.Read ? 0 : 0x4000);
                    var place = page.AsSpan().IndexOfAnyExcept((byte)0);
                    Assert.Equal(bit / 8, place);
                    Assert.Equal(1 << (bit % 8), page[place]);
                    Assert.Equal(place, page.AsSpan().LastIndexOfAnyExcept((byte)0));
                    page[place] = 0;
                }
            }
        }
    }

    [Fact]
    public void Allow_and_Intercept_change_the_bits_of_their_access_and_nothing_else() =>
        Gen.Select(Gen.Byte.Array[4096], CoveredMsr, Gen.Enum<MsrAccess>(), Gen.Bool, CoveredMsr)
            .Sample(
                (page, msr, access, intercept, other) =>
                {
                    var bitmap = new MsrBitmap(page);
                    var before = (byte[])page.Clone();

                    if (intercept)
                        bitmap.Intercept(msr, access);
                    else
                        bitmap.Allow(msr, access);

                    var old = new MsrBitmap(before);
                    foreach (var one in new[] { MsrAccess.Read, MsrAccess.Write })
                    {
                        var expected = access.HasFlag(one) ? intercept : old.Intercepts(msr, one);
                        Assert.Equal(expected, bitmap.Intercepts(msr, one));
                        if (other != msr)
                            Assert.Equal(old.Intercepts(other, one), bitmap.Intercepts(other, one));
                    }
                    var changed = 0;
                    for (var i = 0; i < page.Length; i++)
                        changed += byte.PopCount((byte)(page[i] ^ before[i]));
                    Assert.InRange(changed, 0, int.PopCount((int)access));
                }
            );

    [Fact]
    public void MSRs_outside_of_the_bitmaps_always_exit_and_cannot_be_allowed() =>
        OtherMsr.Sample(msr =>
        {
            var page = new byte[4096];

            Assert.False(MsrBitmap.Covers(msr));
            Assert.True(new MsrBitmap(page).Intercepts(msr, MsrAccess.Read));
            Assert.True(new MsrBitmap(page).Intercepts(msr, MsrAccess.Write));
            new MsrBitmap(page).Intercept(msr);
            Assert.Equal(-1, page.AsSpan().IndexOfAnyExcept((byte)0));
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => new MsrBitmap(page).Allow(msr));
            Assert.Contains("always causes a VM exit", error.Message, StringComparison.Ordinal);
        });

    [Fact]
    public void Both_accesses_exit_if_either_does()
    {
        var bitmap = new MsrBitmap(new byte[4096]);
        bitmap.Intercept(0x10, MsrAccess.Write);

        Assert.False(bitmap.Intercepts(0x10, MsrAccess.Read));
        Assert.True(bitmap.Intercepts(0x10, MsrAccess.ReadWrite));
        Assert.False(bitmap.Intercepts(0x10, MsrAccess.None));
        Assert.False(bitmap.Intercepts(uint.MaxValue, MsrAccess.None));
    }

    [Fact]
    public void InterceptAll_and_AllowAll_go_for_every_covered_MSR()
    {
        var bitmap = new MsrBitmap(new byte[4096]);

        bitmap.InterceptAll();
        Assert.True(bitmap.Intercepts(0xC000_1FFF, MsrAccess.Read) && bitmap.Intercepts(0, MsrAccess.Write));
        bitmap.AllowAll();
        Assert.False(bitmap.Intercepts(0xC000_1FFF, MsrAccess.ReadWrite) || bitmap.Intercepts(0, MsrAccess.ReadWrite));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData(8192)]
    public void Memory_that_is_not_one_page_is_refused(int length)
    {
        var error = Assert.Throws<ArgumentException>(() => _ = new MsrBitmap(new byte[length]));

        Assert.Contains($"{length}", error.Message, StringComparison.Ordinal);
    }
}
