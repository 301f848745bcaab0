using System;
using CsCheck;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3C 25.6.11, 29.3.2 and 29.3.3.1.
public class EptTests
{
    private const int Width = 46;

    private static readonly EptVpidCapabilities Capabilities = new()
    {
        Pages2M = true,
        Pages1G = true,
        ExecuteOnly = true,
    };

    [Fact]
    public void An_EPT_pointer_has_type_walk_length_flags_and_address_in_their_bits()
    {
        var pointer = new EptPointer
        {
            MemoryType = MemoryType.WriteBack,
            PageWalkLengthMinus1 = 3,
            EnableAccessedAndDirtyFlags = true,
            EnforceSupervisorShadowStack = true,
            RootTableAddress = 0x000F_EDCB_A987_6000,
        };

        Assert.Equal(0x000F_EDCB_A987_60DEul, pointer.Value);
        Assert.Equal(4, pointer.PageWalkLength);
        Assert.Equal(EptLevel.Pml4, pointer.RootLevel);
    }

    [Fact]
    public void An_EPT_pointer_for_a_guest_uses_what_the_processor_offers()
    {
        var pointer = EptPointer.ForGuest(0x12_3000, RecordedProcessor.Capabilities("corei7_skylake_x"), 46);

        // Bochs models offer write-back and 4 levels, and accessed and dirty flags from Haswell on.
        Assert.Equal(0x12_305Eul, pointer.Value);
    }

    [Theory]
    [InlineData(0x40ul, 46, 4)]
    [InlineData(0x40ul, 52, 4)]
    [InlineData(0xC0ul, 48, 4)]
    [InlineData(0xC0ul, 49, 5)]
    [InlineData(0xC0ul, 52, 5)]
    [InlineData(0x80ul, 46, 5)]
    public void Five_levels_are_used_only_where_supported_and_needed(ulong eptVpid, int width, int levels)
    {
        var msrs = RecordedProcessor.Load("corei7_skylake_x").Msrs;
        msrs[VmxMsr.Ia32VmxEptVpidCap] = eptVpid;
        var capabilities = VmxCapabilities.Read(msrs);

        Assert.Equal(levels, capabilities.EptPageWalkLength(width));
        Assert.Equal(levels, EptPointer.ForGuest(0, capabilities, width).PageWalkLength);
        Assert.Equal(MemoryType.Uncacheable, EptPointer.ForGuest(0, capabilities, width).MemoryType);
    }

    [Fact]
    public void A_processor_without_EPT_has_no_EPT_pointer() =>
        Assert.Throws<NotSupportedException>(static () =>
            EptPointer.ForGuest(0x1000, RecordedProcessor.Capabilities("core2_penryn_t9600"), 36)
        );

    [Theory]
    [InlineData(0x1001ul)]
    [InlineData(0x0010_0000_0000_0000ul)]
    public void A_root_table_at_an_impossible_address_is_refused(ulong address)
    {
        var capabilities = RecordedProcessor.Capabilities("corei7_skylake_x");

        Assert.Throws<ArgumentOutOfRangeException>(() => EptPointer.ForGuest(address, capabilities, 46));
    }

    [Theory]
    [InlineData(EptLevel.PageTable, 0x1000ul, 12)]
    [InlineData(EptLevel.PageDirectory, 0x20_0000ul, 21)]
    [InlineData(EptLevel.PageDirectoryPointerTable, 0x4000_0000ul, 30)]
    [InlineData(EptLevel.Pml4, 0x80_0000_0000ul, 39)]
    [InlineData(EptLevel.Pml5, 0x1_0000_0000_0000ul, 48)]
    public void Each_level_takes_nine_bits_of_the_address(EptLevel level, ulong bytes, int lowestBit)
    {
        Assert.Equal(bytes, level.BytesPerEntry);
        Gen.ULong[0, (1UL << 57) - 1].Sample(address => Assert.Equal((int)((address >> lowestBit) % 512), level.IndexOf(address)));
    }

    [Theory]
    [InlineData(EptLevel.PageTable, 0x7000ul, 0x7437ul)]
    [InlineData(EptLevel.PageDirectory, 0x40_0000ul, 0x40_04B7ul)]
    [InlineData(EptLevel.PageDirectoryPointerTable, 0x4000_0000ul, 0x4000_04B7ul)]
    public void An_entry_for_a_page_has_type_rights_and_size_in_their_bits(EptLevel level, ulong address, ulong expected)
    {
        // Read, write, execute (7), write-back (6 << 3), user execute (bit 10), and the page size (bit 7) above the last level.
        var entry = EptEntry.ForPage(level, address);

        Assert.Equal(expected, entry.Value);
        Assert.True(entry.IsPresent());
        Assert.True(entry.MapsPage(level));
    }

    [Fact]
    public void An_entry_for_a_table_has_rights_and_no_memory_type()
    {
        var entry = EptEntry.ForTable(0x7000);

        Assert.Equal(0x7407ul, entry.Value);
        Assert.False(entry.MapsPage(EptLevel.Pml4));
        Assert.False(entry.MapsPage(EptLevel.PageDirectory));
    }

    [Theory]
    [InlineData(EptLevel.PageDirectory, 0x1000ul)]
    [InlineData(EptLevel.PageDirectoryPointerTable, 0x20_0000ul)]
    [InlineData(EptLevel.PageTable, 0x10ul)]
    [InlineData(EptLevel.Pml4, 0ul)]
    public void A_page_that_is_not_aligned_to_its_size_or_has_no_size_is_refused(EptLevel level, ulong address) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EptEntry.ForPage(level, address));

    [Theory]
    [InlineData(1ul << 57, nameof(EptEntry.VerifyGuestPaging))]
    [InlineData(1ul << 58, nameof(EptEntry.PagingWriteAccess))]
    [InlineData(1ul << 60, nameof(EptEntry.SupervisorShadowStack))]
    [InlineData(1ul << 61, nameof(EptEntry.SubPageWritePermissions))]
    [InlineData(1ul << 63, nameof(EptEntry.SuppressVe))]
    [InlineData(1ul << 8, nameof(EptEntry.Accessed))]
    [InlineData(1ul << 9, nameof(EptEntry.Dirty))]
    [InlineData(1ul << 6, nameof(EptEntry.IgnorePat))]
    public void Other_properties_of_an_entry_have_a_bit_each(ulong raw, string name)
    {
        foreach (var part in EptEntry.Parts)
        {
            if (part.Low == part.High)
                Assert.Equal(part.Name == name, (raw & part.Mask) != 0);
        }
    }

    [Fact]
    public void Entries_without_rights_are_not_present_unless_mode_based_execute_control_gives_one()
    {
        var entry = new EptEntry { UserExecute = true, PhysicalAddress = 0x1000 };

        Assert.False(entry.IsPresent());
        Assert.True(entry.IsPresent(modeBasedExecute: true));
    }

    [Theory]
    [InlineData(0x2ul, EptLevel.PageTable, EptMisconfiguration.WriteWithoutRead)]
    [InlineData(0x6ul, EptLevel.Pml4, EptMisconfiguration.WriteWithoutRead)]
    [InlineData(0x4ul, EptLevel.PageTable, EptMisconfiguration.None)]
    [InlineData(0x7ul, EptLevel.PageTable, EptMisconfiguration.None)]
    [InlineData(0x17ul, EptLevel.PageTable, EptMisconfiguration.MemoryType)]
    [InlineData(0x1Ful, EptLevel.PageTable, EptMisconfiguration.MemoryType)]
    [InlineData(0x3Ful, EptLevel.PageTable, EptMisconfiguration.MemoryType)]
    [InlineData(0x37ul, EptLevel.PageTable, EptMisconfiguration.None)]
    [InlineData(0x37ul, EptLevel.PageDirectory, EptMisconfiguration.ReservedBits)]
    [InlineData(0xB7ul, EptLevel.PageDirectory, EptMisconfiguration.None)]
    [InlineData(0x10B7ul, EptLevel.PageDirectory, EptMisconfiguration.ReservedBits)]
    [InlineData(0x2000B7ul, EptLevel.PageDirectory, EptMisconfiguration.None)]
    [InlineData(0x2000B7ul, EptLevel.PageDirectoryPointerTable, EptMisconfiguration.ReservedBits)]
    [InlineData(0x87ul, EptLevel.Pml4, EptMisconfiguration.ReservedBits)]
    [InlineData(0x0000_4000_0000_0007ul, EptLevel.Pml4, EptMisconfiguration.ReservedBits)]
    [InlineData(0x0000_2000_0000_0007ul, EptLevel.Pml4, EptMisconfiguration.None)]
    [InlineData(0xFFFF_FFFF_FFFF_FFF8ul, EptLevel.Pml4, EptMisconfiguration.None)]
    public void Misconfigured_entries_are_recognized(ulong raw, EptLevel level, EptMisconfiguration expected) =>
        Assert.Equal(expected, new EptEntry(raw).FindMisconfiguration(level, Capabilities, Width));

    [Fact]
    public void What_the_processor_lacks_makes_an_entry_misconfigured()
    {
        Assert.Equal(EptMisconfiguration.ExecuteOnly, new EptEntry(4).FindMisconfiguration(EptLevel.PageTable, default, Width));
        Assert.Equal(EptMisconfiguration.ReservedBits, new EptEntry(0xB7).FindMisconfiguration(EptLevel.PageDirectory, default, Width));
        Assert.Equal(
            EptMisconfiguration.ExecuteOnly,
            new EptEntry(0x400).FindMisconfiguration(EptLevel.PageTable, default, Width, modeBasedExecute: true)
        );
    }

    [Fact]
    public void Entries_that_are_made_are_never_misconfigured() =>
        Gen.Select(Gen.Enum<EptLevel>(), Gen.ULong[0, (1UL << Width) - 1])
            .Sample(
                (level, address) =>
                {
                    // At the last level it maps a page as well, uncacheable.
                    var table = EptEntry.ForTable(address & ~0xFFFul);
                    Assert.Equal(EptMisconfiguration.None, table.FindMisconfiguration(level, Capabilities, Width));
                    if (level.CanMapPages)
                    {
                        var page = EptEntry.ForPage(level, address & ~(level.BytesPerEntry - 1));
                        Assert.Equal(EptMisconfiguration.None, page.FindMisconfiguration(level, Capabilities, Width));
                    }
                }
            );

    [Fact]
    public void A_table_gives_the_entry_that_translates_an_address()
    {
        var page = new byte[4096];
        var table = new EptTable(page, EptLevel.PageDirectory);

        table.EntryFor(0x1_0060_0000) = EptEntry.ForPage(EptLevel.PageDirectory, 0x80_0000);

        Assert.Equal(0x80_04B7ul, BitConverter.ToUInt64(page, 3 * 8));
        Assert.Equal(table[3], table.Entries[3]);
        Assert.Throws<ArgumentException>(static () => _ = new EptTable(new byte[4095], EptLevel.Pml4));
        Assert.Throws<IndexOutOfRangeException>(static () => _ = new EptTable(new byte[4096], EptLevel.Pml4)[512]);
    }

    [Fact]
    public void An_EPTP_list_has_512_EPT_pointers_of_8_bytes()
    {
        var page = new byte[4096];
        var list = new EptpList(page);

        list[511] = new EptPointer(0x12_305E);

        Assert.Equal(512, list.Entries.Length);
        Assert.Equal(0x12_305Eul, BitConverter.ToUInt64(page, 4088));
        Assert.Throws<IndexOutOfRangeException>(static () => _ = new EptpList(new byte[4096])[512]);
        Assert.Throws<ArgumentException>(static () => _ = new EptpList(new byte[8]));
    }
}
