using System;
using CsCheck;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3C 25.6.4 and 26.1.3.
public class IoBitmapsTests
{
    [Fact]
    public void Every_port_has_one_bit_of_its_own_in_bitmap_A_up_to_7FFF_and_in_bitmap_B_from_8000_on()
    {
        var a = new byte[4096];
        var b = new byte[4096];
        for (var port = 0; port < 0x10000; port++)
        {
            new IoBitmaps(a, b).Intercept((ushort)port);

            var (mine, other) = port < 0x8000 ? (a, b) : (b, a);
            var place = mine.AsSpan().IndexOfAnyExcept((byte)0);
            Assert.Equal((port & 0x7FFF) / 8, place);
            Assert.Equal(1 << (port % 8), mine[place]);
            Assert.Equal(place, mine.AsSpan().LastIndexOfAnyExcept((byte)0));
            Assert.Equal(-1, other.AsSpan().IndexOfAnyExcept((byte)0));

            new IoBitmaps(a, b).Allow((ushort)port);
            Assert.Equal(0, mine[place]);
        }
    }

    [Fact]
    public void An_access_exits_if_one_of_its_ports_is_intercepted()
    {
        var sizes = Gen.OneOf(Gen.Const(1), Gen.Const(2), Gen.Const(4));
        Gen.Select(Gen.Int[0, 0xFFFF], Gen.Int[0, 0xFFFF], sizes, Gen.Int[-4, 4])
            .Sample(
                (anywhere, start, size, near) =>
                {
                    // Half of the time close to the access, where it matters.
                    var port = (anywhere & 1) == 0 ? anywhere : Math.Clamp(start + near, 0, 0xFFFF);
                    var bitmaps = new IoBitmaps(new byte[4096], new byte[4096]);
                    bitmaps.Intercept((ushort)port);

                    var wraps = start + size > 0x10000;
                    Assert.Equal(wraps || (port >= start && port < start + size), bitmaps.Intercepts((ushort)start, size));
                }
            );
    }

    [Fact]
    public void An_access_across_both_bitmaps_looks_into_both()
    {
        var bitmaps = new IoBitmaps(new byte[4096], new byte[4096]);
        bitmaps.Intercept(0x8000);

        Assert.True(bitmaps.Intercepts(0x7FFF, 2));
        Assert.False(bitmaps.Intercepts(0x7FFF, 1));
    }

    [Fact]
    public void An_access_that_goes_on_behind_the_last_port_always_exits()
    {
        var bitmaps = new IoBitmaps(new byte[4096], new byte[4096]);

        Assert.True(bitmaps.Intercepts(0xFFFF, 2));
        Assert.True(bitmaps.Intercepts(0xFFFD, 4));
        Assert.False(bitmaps.Intercepts(0xFFFC, 4));
    }

    [Fact]
    public void Ranges_of_ports_are_intercepted_and_allowed_together()
    {
        var bitmaps = new IoBitmaps(new byte[4096], new byte[4096]);

        bitmaps.InterceptAll();
        bitmaps.Allow(0x7FF0, 0x20);

        Assert.True(bitmaps.Intercepts(0x7FEF));
        Assert.False(bitmaps.Intercepts(0x7FF0));
        Assert.False(bitmaps.Intercepts(0x800F));
        Assert.True(bitmaps.Intercepts(0x8010));
        bitmaps.AllowAll();
        Assert.False(bitmaps.Intercepts(0x8010));
    }

    [Fact]
    public void Ports_behind_FFFF_and_odd_sizes_are_refused()
    {
        var a = new byte[4096];

        Assert.Throws<ArgumentOutOfRangeException>(() => new IoBitmaps(a, a).Intercept(0xFFFF, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IoBitmaps(a, a).Allow(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IoBitmaps(a, a).Intercepts(0, 3));
        Assert.Throws<ArgumentException>(() => _ = new IoBitmaps(a, new byte[4095]));
    }
}
