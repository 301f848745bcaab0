using VmcsGen.Vmx;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.Software;
using Xunit;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>The software walk of a guest's paging structures, in all modes of paging.</summary>
public class GuestTranslations
{
    private const ulong Root = 0x1000;
    private const ulong NoExecute = 1UL << 63;

    private readonly PhysicalMemory _memory = new(0x10_0000);

    [Theory]
    [InlineData(0x1234ul, 0x1234ul)]
    [InlineData(0x1_0000_1234ul, 0x1234ul)]
    public void Without_paging_addresses_have_32_bits(ulong linear, ulong expected) =>
        Assert.Equal(Done(expected), Translate(default, linear));

    [Fact]
    public void Four_levels_of_512_entries_map_4_KBytes()
    {
        Write(Root + (0x1FF * 8), 0x2003);
        Write(0x2000 + (0x100 * 8), 0x3003);
        Write(0x3000 + (3 * 8), 0x4003);
        Write(0x4000 + (5 * 8), 0x123_4567_8003);
        Assert.Equal(Done(0x123_4567_8ABC), Translate(Long(), 0xFFFF_FFC0_0060_5ABC));
        Assert.Equal(GuestTranslationOutcome.PageFault, Translate(Long(), 0xFFFF_FFC0_0060_6ABC).Outcome);
    }

    [Fact]
    public void Pages_of_1_GByte_and_2_MBytes_end_the_walk()
    {
        Write(Root, 0x2003);
        Write(0x2000, 0x3003);
        Write(0x2008, 0x8000_0083);
        Write(0x3008, 0x60_0083);
        Assert.Equal(Done(0x9234_5678), Translate(Long(), 0x5234_5678));
        Assert.Equal(Done(0x73_4567), Translate(Long(), 0x33_4567));
    }

    [Fact]
    public void PAE_paging_has_4_entries_at_the_top_and_none_of_them_maps_a_page()
    {
        var sregs = new KvmSregs
        {
            Cr0 = 0x8000_0001,
            Cr3 = Root + 0x20,
            Cr4 = 0x20,
        };
        Write(Root + 0x20 + (3 * 8), 0x2001);
        Write(0x2000 + (0x1FF * 8), 0x3003);
        Write(0x3000, 0x7_0000_0003);
        Assert.Equal(Done(0x7_0000_0123), Translate(sregs, 0xFFE0_0123));
    }

    [Fact]
    public void Paging_of_32_bits_has_pages_of_4_MBytes_with_CR4_PSE_only()
    {
        _memory.Write(Root + (2 * 4), [0x83, 0x20, 0xC0, 0x00]); // 13:20 hold bits 39:32
        var sregs = new KvmSregs
        {
            Cr0 = 0x8000_0001,
            Cr3 = Root,
            Cr4 = 0x10,
        };
        Assert.Equal(Done(0x1_00D2_3456), Translate(sregs, 0x92_3456));
        sregs.Cr4 = 0;
        _memory.Write(Root + (2 * 4), [0x83, 0x20, 0, 0]);
        _memory.Write(0x2000 + (0x123 * 4), [0x03, 0x70, 0, 0]);
        Assert.Equal(Done(0x7456), Translate(sregs, 0x92_3456));
    }

    [Fact]
    public void A_fetch_keeps_the_rights_of_the_page()
    {
        Write(Root, 0x2007);
        Write(0x2000, NoExecute | 0x83);
        Write(0x2008, 0x83);
        Write(0x2010, 0x87);
        var sregs = Long();
        Assert.Equal(GuestTranslationOutcome.Translated, Translate(sregs, 0, isFetch: true).Outcome);
        sregs.Efer |= 1 << 11;
        Assert.Equal(GuestTranslationOutcome.PageFault, Translate(sregs, 0, isFetch: true).Outcome);
        Assert.Equal(GuestTranslationOutcome.Translated, Translate(sregs, 0).Outcome);
        sregs.Cr4 |= 1 << 20; // SMEP
        Assert.Equal(GuestTranslationOutcome.PageFault, Translate(sregs, 0x8000_0000, isFetch: true).Outcome);
        sregs.Ss.Dpl = 3;
        Assert.Equal(GuestTranslationOutcome.Translated, Translate(sregs, 0x8000_0000, isFetch: true).Outcome);
        Assert.Equal(GuestTranslationOutcome.PageFault, Translate(sregs, 0x4000_0000, isFetch: true).Outcome);
    }

    [Fact]
    public void A_structure_that_is_not_mapped_is_named()
    {
        Write(Root, 0x20_0003);
        var translation = Translate(Long(), 0x8);
        Assert.Equal(new GuestTranslation(GuestTranslationOutcome.StructureNotMapped, 0x20_0000), translation);
    }

    private static KvmSregs Long() =>
        new()
        {
            Cr0 = 0x8000_0001,
            Cr3 = Root,
            Cr4 = 0x20,
            Efer = 0x500,
        };

    private static GuestTranslation Done(ulong address) => new(GuestTranslationOutcome.Translated, address);

    private GuestTranslation Translate(in KvmSregs sregs, ulong linear, bool isFetch = false) =>
        GuestPaging.Translate(GuestPhysicalMap.Identity(_memory, _memory.Size), sregs, linear, isFetch);

    private void Write(ulong address, ulong entry) => _memory.Write(address, System.BitConverter.GetBytes(entry));
}
