using System;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3C 26.5.7.2.
public class VirtualizationExceptionAreaTests
{
    [Fact]
    public void The_area_tells_the_EPT_violation_from_its_offsets()
    {
        var page = Page();
        var area = new VirtualizationExceptionArea(page);

        Assert.True(area.IsBusy);
        Assert.True(area.Exit.EptViolation.DataWrite);
        Assert.Equal(0x7000ul, area.Exit.GuestLinearAddress);
        Assert.Equal(0x5000ul, area.Exit.GuestPhysicalAddress);
        Assert.Equal(9, area.Information.EptpIndex);
    }

    [Fact]
    public void Releasing_the_area_clears_bytes_7_to_4_and_nothing_else()
    {
        var page = Page();
        var expected = (byte[])page.Clone();
        expected.AsSpan(4, 4).Clear();

        var area = new VirtualizationExceptionArea(page);
        area.Release();

        Assert.False(area.IsBusy);
        Assert.Equal(expected, page);
    }

    [Fact]
    public void Memory_that_is_not_one_page_is_refused() =>
        Assert.Throws<ArgumentException>(static () => _ = new VirtualizationExceptionArea(new byte[40]));

    private static byte[] Page()
    {
        var page = new byte[4096];
        BitConverter.TryWriteBytes(page.AsSpan(0), 48u);
        BitConverter.TryWriteBytes(page.AsSpan(4), 0xFFFF_FFFFu);
        BitConverter.TryWriteBytes(page.AsSpan(8), 0x18Aul);
        BitConverter.TryWriteBytes(page.AsSpan(16), 0x7000ul);
        BitConverter.TryWriteBytes(page.AsSpan(24), 0x5000ul);
        BitConverter.TryWriteBytes(page.AsSpan(32), (ushort)9);
        return page;
    }
}
