using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using CsCheck;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>Version 2 of the format of docs/snapshot-format.md: what is written, and what happens with files that are wrong.</summary>
public class SnapshotFileTests
{
    private const int Page = 4096;

    private static readonly (string Tag, byte[] Content)[] s_vcpu =
    [
        ("VCPU", new byte[4]),
        ("REGS", new byte[144]),
        ("SREG", new byte[320]),
    ];

    // A memory of four pages, of which the second and third are there.
    private static readonly (string Tag, byte[] Content)[] s_memory =
    [
        ("MEM ", BitConverter.GetBytes(4ul * Page)),
        ("DATA", [.. Enumerable.Repeat((byte)1, Page), .. Enumerable.Repeat((byte)2, Page)]),
        ("EXTS", SnapshotBytes.Extent(0, 1, 2, Page)),
        ("SUMS", [.. Sum(1), .. Sum(2)]),
    ];

    [Fact]
    public void File_begins_with_magic_and_version_and_is_made_of_tagged_sections_with_checksums()
    {
        var file = Sample();

        Assert.Equal("VmcsSnap", Encoding.ASCII.GetString(file, 0, 8));
        Assert.Equal((2u, 0u), (BitConverter.ToUInt32(file, 8), BitConverter.ToUInt32(file, 12)));
        var sections = SnapshotBytes.Sections(file).ToArray();
        Assert.Equal(["IDEN", "MEM ", "DATA", "EXTS", "SUMS", "SLOT"], sections[..6].Select(static section => section.Tag));
        Assert.Equal([32, 8], sections[..2].Select(static section => section.Length));
        Assert.Equal([2 * 32, 3 * 4, 24], sections[3..6].Select(static section => section.Length));
        Assert.Equal("END ", sections[^1].Tag);
        foreach (var (tag, length) in new[] { ("VCPU", 4), ("REGS", 144), ("SREG", 320), ("EVNT", 64), ("MPST", 4), ("DREG", 128) })
            Assert.Equal(length, Assert.Single(sections, section => section.Tag == tag).Length);
        foreach (var (tag, start, length) in sections)
        {
            byte[] summed =
            [
                .. file[(start - 16)..(start - 12)],
                .. file[(start - 8)..start],
                .. tag == "DATA" ? [] : file[start..(start + length)],
            ];
            Assert.Equal(SnapshotBytes.Crc32C(summed), BitConverter.ToUInt32(file, start - 12));
            Assert.Equal(0, start % 8);
        }
    }

    [Fact]
    public void Pages_are_aligned_and_extents_and_checksums_say_what_they_are()
    {
        var file = Sample();
        var sections = SnapshotBytes.Sections(file).DistinctBy(static section => section.Tag).ToDictionary(static section => section.Tag);
        var extents = Records(file, sections["EXTS"].Start, 2);
        var data = sections["DATA"];
        var first = (data.Start + Page - 1) / Page * Page;

        Assert.Equal([(1ul, 1ul, (ulong)first), (3ul, 2ul, (ulong)first + Page)], extents);
        Assert.Equal(first + 3 * Page, data.Start + data.Length);
        Assert.Equal([1, 0, 0, 0], file[first..(first + 4)]);
        Assert.Equal(2, file[first + Page + 1000]);
        Assert.Equal(3, file[first + 3 * Page - 1]);
        for (var i = 0; i < 3; i++)
            Assert.Equal(
                SnapshotBytes.Crc32C(file.AsSpan(first + i * Page, Page)),
                BitConverter.ToUInt32(file, sections["SUMS"].Start + 4 * i)
            );
    }

    [Fact]
    public void File_on_disk_has_memory_in_its_order_with_holes_and_is_not_read_to_be_loaded()
    {
        const ulong Size = 1ul << 32;
        using var folder = new TemporaryFolder();
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Size);
        vm.MapMemory(0, memory);
        memory.Write(5 * Page, 0x1234);
        memory.Write(Size - 4, 0x5678);
        using (var state = VmState.Capture(host, vm))
            state.Save(folder.File);

        using var file = File.OpenHandle(folder.File);
        Assert.InRange(RandomAccess.GetLength(file), (long)Size, (long)Size + 0x10_0000);
        Assert.InRange(folder.AllocatedBytes, 2 * Page, 0x10_0000);
        using var loaded = VmState.Load(folder.File);
        var pages = loaded.Slots[0].Memory.Pages;
        Assert.Equal(2ul, pages.KeptPages);
        Assert.Equal(Size, pages.Size);
        Assert.All(pages.Extents.ToArray(), extent => Assert.Equal(extent.FileOffset, pages.Whole!.Value.Offset + extent.Pages.Start));
        Assert.Equal(0ul, pages.Whole!.Value.Offset % Page);
        var value = new byte[4];
        RandomAccess.Read(file, value, (long)pages.Whole.Value.Offset + 5 * Page);
        Assert.Equal(0x1234, BitConverter.ToInt32(value));
        loaded.Verify();
    }

    [Fact]
    public void Saving_what_was_loaded_gives_the_same_file()
    {
        var file = Sample();

        using var again = new MemoryStream();
        SnapshotBytes.Load(file).Save(again);

        Assert.Equal(file, again.ToArray());
    }

    [Fact]
    public void Sections_of_the_VMM_come_back_by_their_names()
    {
        var state = SnapshotBytes.Load(Sample());
        state.Sections["uart"] = [1, 2, 3];
        state.Sections["Gerät"] = [];
        using var file = new MemoryStream();
        state.Save(file);

        var back = SnapshotBytes.Load(file.ToArray());

        Assert.Equal(["Gerät", "uart"], back.Sections.Keys);
        Assert.Equal([1, 2, 3], back.Sections["uart"]);
        state.Sections[""] = [];
        Assert.Contains(
            "1 to 255 bytes",
            Assert.Throws<InvalidOperationException>(() => state.Save(new MemoryStream())).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void File_that_is_cut_off_anywhere_is_refused()
    {
        var file = Sample();
        foreach (var length in Enumerable.Range(0, 600).Concat(Enumerable.Range(0, file.Length / 61).Select(static i => 61 * i)))
        {
            var refusal = Assert.Throws<InvalidDataException>(() => SnapshotBytes.Load(file[..length]));
            Assert.Contains("cut off", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void File_on_disk_that_is_cut_off_is_refused_before_anything_is_mapped()
    {
        using var folder = new TemporaryFolder();
        SnapshotBytes.Load(Sample()).Save(folder.File);
        var whole = File.ReadAllBytes(folder.File);
        foreach (var length in Enumerable.Range(0, 100).Select(i => whole.Length * i / 100))
        {
            File.WriteAllBytes(folder.File, whole[..length]);
            var refusal = Assert.Throws<InvalidDataException>(() => VmState.Load(folder.File));
            Assert.Contains("cut off", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void One_bit_that_is_flipped_anywhere_is_found()
    {
        var file = Sample();
        for (var at = 0; at < file.Length; at += at < 200 || at > file.Length - 200 ? 1 : 37)
        {
            var damaged = (byte[])file.Clone();
            damaged[at] ^= (byte)(1 << at % 8);
            Assert.Throws<InvalidDataException>(() => SnapshotBytes.Load(damaged));
        }
    }

    [Fact]
    public void Page_that_was_damaged_on_disk_is_found_when_it_is_looked_for_or_saved_again()
    {
        using var folder = new TemporaryFolder();
        SnapshotBytes.Load(Sample()).Save(folder.File);
        var file = File.ReadAllBytes(folder.File);
        var place = (int)VmState.Load(folder.File).Slots[0].Memory.Pages.Whole!.Value.Offset;
        file[place + 3 * Page + 999] = 1;
        File.WriteAllBytes(folder.File, file);

        using var state = VmState.Load(folder.File);

        Assert.Contains("0x3000", Assert.Throws<InvalidDataException>(state.Verify).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => state.Save(new MemoryStream()));
    }

    [Theory]
    [InlineData(0, "does not begin with the magic")]
    [InlineData(8, "format version")]
    [InlineData(12, "reserved word")]
    public void Header_that_is_not_one_is_refused(int at, string complaint)
    {
        var file = Sample();
        file[at] ^= 0x40;

        Assert.Contains(complaint, Assert.Throws<InvalidDataException>(() => SnapshotBytes.Load(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_section_is_skipped_if_it_begins_with_a_small_letter_and_else_refused()
    {
        var file = Sample();

        Assert.Single(SnapshotBytes.Load(SnapshotBytes.With(file, "note", new byte[100])).Vcpus);
        foreach (var tag in new[] { "Note", "PAGE" })
        {
            var refusal = Assert.Throws<InvalidDataException>(() => SnapshotBytes.Load(SnapshotBytes.With(file, tag, new byte[100])));
            Assert.Contains($"'{tag}'", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("not be skipped", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_makes_no_sense_is_refused_though_its_checksum_is_right()
    {
        (string Tag, byte[] Content)[][] wrong =
        [
            [("IDEN", new byte[31])],
            [("IDEN", new byte[32]), ("IDEN", new byte[32])],
            [("DATA", new byte[Page])],
            [s_memory[0], ("DATA", new byte[Page + 8])],
            [.. s_memory[..2], ("DATA", new byte[Page])],
            [.. s_memory[..2], ("EXTS", SnapshotBytes.Extent(1, 1, 2, Page))],
            [.. s_memory[..2], ("EXTS", SnapshotBytes.Extent(0, 3, 2, Page))],
            [.. s_memory[..2], ("EXTS", SnapshotBytes.Extent(0, ulong.MaxValue, 2, Page))],
            [.. s_memory[..2], ("EXTS", SnapshotBytes.Extent(0, 1, 0, Page))],
            [.. s_memory[..2], ("EXTS", SnapshotBytes.Extent(0, 1, 1, 0))],
            [.. s_memory[..2], ("EXTS", SnapshotBytes.Extent(0, 1, 2, 2 * Page))],
            [.. s_memory[..2], ("EXTS", SnapshotBytes.Extent(0, 1, 1, Page + 8))],
            [.. s_memory[..2], ("EXTS", SnapshotBytes.Extent(0, 1, 1, ulong.MaxValue - Page + 1))],
            [.. s_memory[..2], ("EXTS", [.. SnapshotBytes.Extent(0, 2, 1, Page), .. SnapshotBytes.Extent(0, 1, 1, Page)])],
            [.. s_memory[..2], ("EXTS", [.. SnapshotBytes.Extent(0, 1, 1, Page), .. SnapshotBytes.Extent(0, 1, 1, Page)])],
            [.. s_memory[..3], ("SUMS", new byte[3])],
            [("VMM ", new byte[3])],
            [("VMM ", [5, 0, 0, 0, 65])],
            [("VMM ", [0, 0, 0, 0])],
            [("VMM ", [1, 0, 0, 0, 0xFF])],
            [("VMM ", [1, 0, 0, 0, 65]), ("VMM ", [1, 0, 0, 0, 65])],
            [("hcpu", new byte[39])],
            [("hmsr", new byte[3])],
            [("hcap", [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0])],
            [("SLOT", new byte[24])],
            [.. s_vcpu, ("MEM ", BitConverter.GetBytes(2ul * Page))],
            [.. s_vcpu, ("TOFS", new byte[4])],
        ];
        _ = SnapshotBytes.Load(SnapshotBytes.File(s_memory));
        foreach (var sections in wrong)
        {
            var refusal = Assert.Throws<InvalidDataException>(() => SnapshotBytes.Load(SnapshotBytes.File(sections)));
            Assert.Contains($"'{sections[^1].Tag}'", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Pages_without_checksums_or_with_other_ones_are_refused()
    {
        foreach (var sums in new byte[][] { [.. Sum(1)], [.. Sum(1), .. Sum(2), .. Sum(3)], [.. Sum(2), .. Sum(1)] })
            Assert.Throws<InvalidDataException>(() => SnapshotBytes.Load(SnapshotBytes.File([.. s_memory[..3], ("SUMS", sums)])));
        Assert.Throws<InvalidDataException>(() => SnapshotBytes.Load(SnapshotBytes.File(s_memory.AsSpan(0, 3))));
    }

    [Fact]
    public void Differences_are_refused_without_what_they_belong_to()
    {
        byte[] identity = [.. Guid.NewGuid().ToByteArray(), .. Guid.NewGuid().ToByteArray()];
        var file = SnapshotBytes.File([("IDEN", identity), .. s_memory]);

        Assert.Contains(
            "holds the differences to",
            Assert.Throws<InvalidDataException>(() => SnapshotBytes.Load(file)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("MEM ")]
    [InlineData("DATA")]
    [InlineData("SUMS")]
    [InlineData("REGS")]
    [InlineData("note")]
    public void Length_that_a_file_only_claims_costs_no_memory(string tag)
    {
        foreach (var length in new[] { long.MaxValue, -1, 1L << 40, 1L << 26, 1L << 20 })
        {
            var header = SnapshotBytes.Section(tag, [])[..SnapshotBytes.SectionHeaderSize];
            BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), length);
            byte[] hostile =
            [
                .. SnapshotBytes.Header,
                .. SnapshotBytes.Section("MEM ", BitConverter.GetBytes(1ul << 40)),
                .. header,
                .. new byte[16],
            ];

            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<InvalidDataException>(() => SnapshotBytes.Load(hostile));

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400_000);
        }
    }

    [Fact]
    public void File_with_any_bytes_changed_is_loaded_or_refused_and_KVM_takes_it_or_refuses_it()
    {
        var sample = Sample();
        var sections = SnapshotBytes.Sections(sample).Where(static section => section.Tag is not ("DATA" or "END ")).ToArray();
        using var host = TestHost.Open();
        var (loaded, restored) = (0, 0);

        Gen.Select(Gen.Int[0, sections.Length - 1], Gen.Int[0, 1 << 20], Gen.Byte)
            .Array[1, 4]
            .Sample(
                changes =>
                {
                    // With checksums that are right: it is what stands behind them that is tried.
                    var contents = SnapshotBytes
                        .Sections(sample)
                        .Where(static section => section.Tag != "END ")
                        .Select(section => (section.Tag, Content: sample[section.Start..(section.Start + section.Length)]))
                        .ToList();
                    foreach (var (section, at, value) in changes)
                    {
                        var content = contents.Find(one => one.Tag == sections[section].Tag).Content;
                        if (content.Length > 0)
                            content[at % content.Length] = value;
                    }
                    var data = contents.FindIndex(static one => one.Tag == "DATA");
                    contents[data] = ("DATA", contents[data].Content[^(3 * Page)..]);
                    try
                    {
                        using var state = SnapshotBytes.Load(SnapshotBytes.File([.. contents]));
                        loaded++;
                        if (state.Slots.Any(static slot => slot.Memory.Size > 1 << 30))
                            return; // KVM would set up tables for that much.
                        using var vm = host.CreateVm();
                        using var vcpu = vm.CreateVcpu(0);
                        state.RestoreTo(host, vm, vcpu);
                        restored++;
                    }
                    catch (Exception refusal)
                        when (refusal is InvalidDataException or KvmException or ArgumentException or NotSupportedException)
                    {
                        Assert.NotEmpty(refusal.Message);
                    }
                },
                iter: TestHost.Many(1000, emulated: 100),
                threads: 1
            );

        // Of a hundred KVM may refuse none.
        Assert.True(restored > 10 && (loaded > restored || loaded < 200), $"{loaded} files were loaded and {restored} restored.");
    }

    /// <summary>A VM with five pages, of which the second, fourth and fifth hold something, and a vCPU.</summary>
    internal static byte[] Sample()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(5 * Page);
        vm.MapMemory(0, memory);
        memory.Write(1 * Page, 1);
        memory.Write(3 * Page + 1000, 2);
        memory.Write(5 * Page - 1, (byte)3);
        using var vcpu = vm.CreateVcpu(0);
        vcpu.SetRegs(new KvmRegs { Rax = 0x1234, Rflags = 2 });
        using var file = new MemoryStream();
        VmState.Capture(host, vm, vcpu).Save(file);
        return file.ToArray();
    }

    private static byte[] Sum(byte fill) => BitConverter.GetBytes(SnapshotBytes.Crc32C(Enumerable.Repeat(fill, Page).ToArray()));

    private static IEnumerable<(ulong First, ulong Count, ulong Place)> Records(byte[] file, int start, int count) =>
        Enumerable
            .Range(0, count)
            .Select(i => start + 32 * i)
            .Select(at =>
                (BitConverter.ToUInt64(file, at + 8), BitConverter.ToUInt64(file, at + 16), BitConverter.ToUInt64(file, at + 24))
            );
}
