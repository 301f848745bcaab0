using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
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

    [Fact]
    public void The_page_modification_log_can_have_pages_of_4_KBytes_where_larger_ones_would_fit()
    {
        var map = Create();
        map.Map(EptMapping.Identity(0, 0x40_0000) with { LargestPage = EptLevel.PageTable });
        var pages = map.Pages(new(0, 0x40_0000));
        Assert.Equal(1024, pages.Count);
        Assert.All(pages, static page => Assert.Equal(EptLevel.PageTable, page.Level));
        Assert.Equal(1 + 1 + 1 + 2, map.TableCount); // PML4, PDPT, page directory, two page tables
    }

    [Fact]
    public void A_mapping_says_memory_type_PAT_suppression_of_VE_and_execution_in_user_mode()
    {
        var map = Create();
        map.Map(
            EptMapping.Identity(0, 0x1000) with
            {
                MemoryType = MemoryType.WriteCombining,
                IgnoresPat = true,
                SuppressesVe = true,
                IsExecutable = true,
                IsUserExecutable = false,
            }
        );
        // SDM 3C, table 29-7: R, W, X, type 1 in bits 5:3, bit 6; user execution is bit 10, suppress #VE bit 63.
        Assert.Equal(0x8000_0000_0000_004FUL, map.Find(0, out _).Value);
        map.Map(EptMapping.Identity(0, 0x1000) with { IsExecutable = false });
        Assert.Equal(0x33UL, map.Find(0, out _).Value);
        map.Map(EptMapping.Identity(0, 0x1000) with { IsExecutable = false, IsUserExecutable = true });
        Assert.Equal(0x433UL, map.Find(0, out _).Value);
    }

    [Fact]
    public void Entries_are_changed_in_place_and_only_in_the_range()
    {
        var map = Create();
        map.Map(EptMapping.Identity(0, 0x40_0000));
        map.Change(new(0x1F_F000, 0x2000), static page => page.Entry with { Write = false, SuppressVe = true });
        foreach (var page in map.Pages(new(0, 0x40_0000)))
        {
            var isInRange = page.GuestPhysicalAddress is 0x1F_F000 or 0x20_0000;
            Assert.Equal(
                (!isInRange, isInRange, page.GuestPhysicalAddress),
                (page.Entry.Write, page.Entry.SuppressVe, page.Entry.PhysicalAddress)
            );
        }
        Assert.Equal(1024, map.Pages(new(0, 0x40_0000)).Count);
        Assert.Throws<ArgumentException>(() => map.Change(new(0x800, 0x1000), static page => page.Entry));
        map.Map(EptMapping.Identity(0x40_0000, 0x20_0000));
        Assert.Throws<ArgumentException>(() => map.Change(new(0x40_0000, 0x20_0000), static _ => EptEntry.ForTable(0x1000)));
    }

    [Fact]
    public void A_misconfigured_entry_can_be_set_and_replaces_a_part_of_a_larger_page()
    {
        var map = Create();
        map.Map(EptMapping.Identity(0, 1 << 30));
        map.Set(0x1000, EptLevel.PageTable, new EptEntry { Write = true, PhysicalAddress = 0x1000 });
        Assert.Equal(
            EptMisconfiguration.WriteWithoutRead,
            map.Find(0x1FFF, out var level).FindMisconfiguration(level, _rig.Processor.Capabilities.EptVpid, 40)
        );
        Assert.True(map.Find(0x2000, out _).Read);
        Assert.Throws<ArgumentException>(() => map.Set(0x20_0000, EptLevel.PageDirectory, EptEntry.ForTable(0x1000)));
    }

    [Fact]
    public void Dirty_and_accessed_pages_are_taken_once()
    {
        var map = Create();
        map.Map(EptMapping.Identity(0, 0x60_0000));
        map.Split(new(0, 0x20_0000), EptLevel.PageTable);
        map.Change(new(0x3000, 0x1000), static page => page.Entry with { Dirty = true, Accessed = true });
        map.Change(new(0x40_0000, 0x20_0000), static page => page.Entry with { Dirty = true });
        map.Change(new(0x5000, 0x1000), static page => page.Entry with { Accessed = true });

        Assert.Equal([(0x3000UL, 0x1000UL)], Taken(map.TakeDirty(new(0, 0x20_0000))));
        Assert.Equal([(0x40_0000UL, 0x20_0000UL)], Taken(map.TakeDirty(new(0x41_0000, 0x1000))));
        Assert.Empty(map.TakeDirty(new(0, 0x60_0000)));
        Assert.Equal([(0x3000UL, 0x1000UL), (0x5000UL, 0x1000UL)], Taken(map.TakeAccessed(new(0, 0x60_0000))));
        Assert.Empty(map.TakeAccessed(new(0, 0x60_0000)));

        static (ulong, ulong)[] Taken(IEnumerable<EptPage> pages) =>
            [.. pages.Select(static page => (page.GuestPhysicalAddress, page.Length))];
    }

    [Fact]
    public void A_page_says_where_it_is_and_what_it_allows()
    {
        var map = Create();
        map.Map(new EptMapping(0x20_0000, 0x40_0000, 0x20_0000, IsExecutable: false));
        var text = map.Pages(new(0, 1 << 30)).Single().ToString();
        Assert.StartsWith(
            "0x200000 (2 MBytes): Read, Write, MemoryType=WriteBack, LargePage, PhysicalAddress=0x400000",
            text,
            StringComparison.Ordinal
        );
    }

    // What the tables say is read by a walk of its own (SDM 3C 29.3.2), and compared with a list of pages of 4 KBytes.
    [Fact]
    public void Whatever_is_done_to_ranges_each_page_translates_as_it_was_last_told() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 1030], Gen.Int[1, 600], Gen.Int[0, 1 << 20], Gen.Bool, Gen.Enum<EptLevel>())
            .List[1, 12]
            .Sample(
                operations =>
                {
                    const int Pages = 2048;
                    var rig = new CreationRig();
                    using var map = new EptMap(rig.Pages, rig.Processor.Capabilities, 36);
                    var expected = new (ulong Physical, bool Write)?[Pages];
                    foreach (var (kind, first, count, physical, flag, level) in operations)
                    {
                        var range = new PhysicalMemoryRange((ulong)first << 12, (ulong)count << 12);
                        switch (kind)
                        {
                            case 0 or 1:
                                // Aligned alike, so that large pages are used.
                                var target = ((ulong)physical << 12 & ~0x1F_FFFFUL) + range.Start;
                                map.Map(new EptMapping(range.Start, target, range.Length, flag) with { LargestPage = level });
                                for (var i = 0; i < count; i++)
                                    expected[first + i] = (target + ((ulong)i << 12), flag);
                                break;
                            case 2:
                                map.Change(range, page => page.Entry with { Write = flag });
                                for (var i = first; i < first + count; i++)
                                    expected[i] = expected[i] is { } old ? (old.Physical, flag) : null;
                                break;
                            case 3:
                                map.Split(range, level);
                                break;
                            default:
                                map.Unmap(range.Start);
                                expected[first] = null;
                                break;
                        }
                    }
                    for (var i = 0; i < Pages; i++)
                        Assert.Equal(expected[i], Walk(rig.Processor.Memory, map.EptPointer.Value, (ulong)i << 12));
                },
                iter: 60
            );

    private static (ulong Physical, bool Write)? Walk(IPhysicalMemory memory, ulong eptp, ulong address)
    {
        var table = eptp & 0xF_FFFF_FFFF_F000;
        var write = true;
        for (var shift = 39; ; shift -= 9)
        {
            var bytes = new byte[8];
            memory.Read(table + ((address >> shift & 511) * 8), bytes);
            var entry = BitConverter.ToUInt64(bytes);
            if ((entry & 7) == 0)
                return null;
            write &= (entry & 2) != 0;
            var offset = (1UL << shift) - 1;
            if (shift == 12 || (entry & 0x80) != 0)
                return ((entry & 0xF_FFFF_FFFF_F000 & ~offset) + (address & offset), write);
            table = entry & 0xF_FFFF_FFFF_F000;
        }
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
