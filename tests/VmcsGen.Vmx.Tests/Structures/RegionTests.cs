using System;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3C 25.2 and 25.11.5.
public class RegionTests
{
    private static readonly VmxBasic Basic = new(0x00D8_1000_1234_5678);

    [Fact]
    public void A_VMXON_region_begins_with_the_revision_identifier_and_is_clear_otherwise()
    {
        var page = Filled();
        new VmxonRegion(page).Initialize(Basic);

        Assert.Equal(new byte[] { 0x78, 0x56, 0x34, 0x12 }, page[..4]);
        Assert.Equal(-1, page.AsSpan(4).IndexOfAnyExcept((byte)0));
        Assert.Equal(0x1234_5678u, new VmxonRegion(page).RevisionIdentifier);
    }

    [Fact]
    public void A_VMCS_region_begins_with_the_revision_identifier_and_is_clear_otherwise()
    {
        var page = Filled();
        new VmcsRegion(page).Initialize(Basic);

        Assert.Equal(new byte[] { 0x78, 0x56, 0x34, 0x12 }, page[..4]);
        Assert.Equal(-1, page.AsSpan(4).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void A_shadow_VMCS_has_bit_31_of_the_first_bytes_set()
    {
        var page = Filled();
        new VmcsRegion(page).Initialize(Basic, shadow: true);

        Assert.Equal(new byte[] { 0x78, 0x56, 0x34, 0x92 }, page[..4]);
        Assert.True(new VmcsRegion(page).Revision is { ShadowVmcsIndicator: true, RevisionIdentifier: 0x1234_5678 });
    }

    [Fact]
    public void The_abort_indicator_is_in_bytes_7_to_4()
    {
        var page = new byte[4096];
        page[4] = 4;

        Assert.Equal(VmxAbort.LoadingHostMsrs, new VmcsRegion(page).Abort);
        _ = new VmcsRegion(page) { Abort = VmxAbort.MachineCheck };
        Assert.Equal(new byte[] { 0, 0, 0, 0, 5, 0, 0, 0 }, page[..8]);
    }

    [Fact]
    public void Memory_that_is_not_one_page_is_refused()
    {
        Assert.Throws<ArgumentException>(() => _ = new VmxonRegion(new byte[64]));
        Assert.Throws<ArgumentException>(() => _ = new VmcsRegion(new byte[4097]));
    }

    private static byte[] Filled()
    {
        var page = new byte[4096];
        Array.Fill(page, (byte)0xA5);
        return page;
    }
}
