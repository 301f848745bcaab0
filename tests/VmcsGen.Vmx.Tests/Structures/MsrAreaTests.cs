using System;
using System.Runtime.CompilerServices;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3C 25.7.2 and 27.4.
public class MsrAreaTests
{
    [Fact]
    public void An_entry_has_the_index_in_bytes_3_to_0_and_the_value_in_bytes_15_to_8()
    {
        var memory = new byte[32];
        var area = new MsrArea(memory);
        area.Set(0x10, 1);
        area.Set(0xC000_0102, 0x1122_3344_5566_7788);

        Assert.Equal(16, Unsafe.SizeOf<MsrAreaEntry>());
        Assert.Equal("10000000000000000100000000000000" + "020100C0000000008877665544332211", Convert.ToHexString(memory));
        Assert.Equal(2, area.Count);
    }

    [Fact]
    public void Setting_an_MSR_again_changes_its_entry()
    {
        var area = new MsrArea(new byte[64]);
        area.Set(0x10, 1);
        area.Set(0x11, 2);
        area.Set(0x10, 3);

        Assert.Equal(2, area.Count);
        Assert.True(area.TryGet(0x10, out var value));
        Assert.Equal(3ul, value);
        Assert.False(area.TryGet(0x12, out _));
    }

    [Fact]
    public void Removing_an_MSR_keeps_the_order_of_the_others()
    {
        var area = new MsrArea(new byte[64]);
        for (uint msr = 1; msr <= 4; msr++)
            area.Set(msr, msr);

        Assert.True(area.Remove(2));
        Assert.False(area.Remove(2));
        Assert.Equal(3, area.Count);
        Assert.Equal(1u, area.Entries[0].Index);
        Assert.Equal(3u, area.Entries[1].Index);
        Assert.Equal(4u, area.Entries[2].Index);
    }

    [Fact]
    public void A_full_area_takes_no_more_MSRs() =>
        Assert.Throws<InvalidOperationException>(static () =>
        {
            var area = new MsrArea(new byte[16]);
            area.Set(1);
            area.Set(2);
        });

    [Fact]
    public void Memory_that_is_no_whole_number_of_entries_is_refused()
    {
        Assert.Throws<ArgumentException>(static () => _ = new MsrArea(new byte[24]));
        Assert.Throws<ArgumentException>(static () => _ = new MsrArea(new byte[16], count: 2));
        Assert.Throws<ArgumentException>(static () => _ = new MsrArea(new byte[16], count: -1));
    }

    [Theory]
    [InlineData(0xC000_0100u, false)]
    [InlineData(0xC000_0101u, false)]
    [InlineData(0x800u, false)]
    [InlineData(0x8FFu, false)]
    [InlineData(0x9Bu, false)]
    [InlineData(0x7FFu, true)]
    [InlineData(0x900u, true)]
    [InlineData(0xC000_0102u, true)]
    public void Some_MSRs_cannot_be_loaded(uint msr, bool loadable) => Assert.Equal(loadable, new MsrAreaEntry(msr, 0).IsLoadable);

    [Theory]
    [InlineData(0xC000_0100u, true)]
    [InlineData(0x800u, false)]
    [InlineData(0x8FFu, false)]
    [InlineData(0x9Bu, true)]
    [InlineData(0x9Eu, false)]
    [InlineData(0x8Bu, true)]
    public void Some_MSRs_cannot_be_stored(uint msr, bool storable) => Assert.Equal(storable, new MsrAreaEntry(msr, 0).IsStorable);

    [Fact]
    public void An_entry_with_reserved_bits_can_be_neither_loaded_nor_stored()
    {
        var entry = new MsrAreaEntry(0x10, 0) { Reserved = 1 };
        Assert.False(entry.IsLoadable);
        Assert.False(entry.IsStorable);
    }

    [Theory]
    [InlineData(0x0000_0000ul, 512)]
    [InlineData(0x0E00_0000ul, 4096)]
    public void The_processor_recommends_512_entries_times_bits_27_to_25_of_MISC_plus_1(ulong misc, int expected) =>
        Assert.Equal(expected, MsrArea.RecommendedMaximum(new VmxMisc(misc)));
}
