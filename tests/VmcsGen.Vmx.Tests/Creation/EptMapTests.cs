using System;
using System.Linq;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests.Creation;

public sealed class EptMapTests
{
    private readonly CreationRig _rig = new();

    private EptMap Create() => new(_rig.Pages, _rig.Processor.Capabilities, guestPhysicalAddressWidth: 36);

    [Fact]
    public void Pages_are_as_large_as_alignment_and_length_allow()
    {
        var map = Create();
        map.Map(EptMapping.Identity(0x3FE0_1000, 0x4060_0000));
        Assert.Equal(EptLevel.PageTable, LevelOf(0x3FE0_1000));
        Assert.Equal(EptLevel.PageTable, LevelOf(0x3FFF_F000));
        Assert.Equal(EptLevel.PageDirectoryPointerTable, LevelOf(0x4000_0000));
        Assert.Equal(EptLevel.PageDirectory, LevelOf(0x8000_0000));
        Assert.Equal(EptLevel.PageTable, LevelOf(0x8040_0000));
        Assert.False(map.Find(0x3FE0_0FFF, out _).IsPresent());
        Assert.False(map.Find(0x8040_1000, out _).IsPresent());

        EptLevel LevelOf(ulong address)
        {
            var entry = map.Find(address, out var level);
            Assert.Equal(address & ~(level.BytesPerEntry - 1), entry.PhysicalAddress);
            Assert.Equal(EptMisconfiguration.None, entry.FindMisconfiguration(level, _rig.Processor.Capabilities.EptVpid, 40));
            return level;
        }
    }

    [Fact]
    public void A_processor_without_large_pages_gets_small_ones()
    {
        var rig = new CreationRig("corei5_lynnfield_750");
        var map = new EptMap(rig.Pages, rig.Processor.Capabilities, 36);
        map.Map(EptMapping.Identity(0, 1 << 30));
        map.Find(0, out var level);
        Assert.Equal(rig.Processor.Capabilities.EptVpid.Pages1G ? EptLevel.PageDirectoryPointerTable : EptLevel.PageDirectory, level);
    }

    [Fact]
    public void Unmapping_a_page_splits_a_larger_one_and_leaves_the_rest()
    {
        var map = Create();
        map.Map(new EptMapping(0, 0x4000_0000, 1 << 30, IsWritable: false));
        map.Unmap(0x1234_5678);
        Assert.False(map.Find(0x1234_5000, out var level).IsPresent());
        Assert.Equal(EptLevel.PageTable, level);
        var neighbour = map.Find(0x1234_6000, out _);
        Assert.Equal(0x5234_6000u, neighbour.PhysicalAddress);
        Assert.False(neighbour.Write);
        Assert.Equal(0x4000_0000u, map.Find(0x1000, out level).PhysicalAddress);
        Assert.Equal(EptLevel.PageDirectory, level);
    }

    [Theory]
    [InlineData(1, 0, 4096)]
    [InlineData(0, 1, 4096)]
    [InlineData(0, 0, 1)]
    [InlineData(1L << 48, 0, 4096)]
    [InlineData(0, 0, (1L << 48) + 4096)]
    public void What_EPT_cannot_map_is_refused(long guest, long physical, long length) =>
        Assert.Throws<ArgumentException>(() => Create().Map(new EptMapping((ulong)guest, (ulong)physical, (ulong)length)));

    [Fact]
    public void A_processor_without_EPT_is_refused_and_no_page_is_lost()
    {
        var rig = new CreationRig("core2_penryn_t9600");
        Assert.Throws<NotSupportedException>(() => new EptMap(rig.Pages, rig.Processor.Capabilities, 36));
        Assert.Equal(0, rig.Pages.AllocatedCount);
    }

    [Fact]
    public void Pages_are_handed_out_zeroed_and_once()
    {
        var pages = Enumerable.Range(0, 4).Select(_ => _rig.Pages.Allocate()).ToArray();
        Assert.Equal(4, pages.Distinct().Count());
        _rig.Processor.Memory.Write(pages[2], [1]);
        _rig.Pages.Free(pages[2]);
        Assert.Throws<ArgumentException>(() => _rig.Pages.Free(pages[2]));
        Assert.Equal(pages[2], _rig.Pages.Allocate());
        var bytes = new byte[1];
        _rig.Processor.Memory.Read(pages[2], bytes);
        Assert.Equal(0, bytes[0]);
    }

    [Fact]
    public void VPIDs_are_handed_out_once_and_never_0()
    {
        var vpids = new VpidAllocator();
        var all = Enumerable.Range(0, 65535).Select(_ => vpids.Allocate()).ToHashSet();
        Assert.Equal(65535, all.Count);
        Assert.DoesNotContain((ushort)0, all);
        Assert.Throws<InvalidOperationException>(() => vpids.Allocate());
        vpids.Free(77);
        Assert.Equal(77, vpids.Allocate());
        vpids.Free(78);
        Assert.Throws<ArgumentException>(() => vpids.Free(78));
    }
}
