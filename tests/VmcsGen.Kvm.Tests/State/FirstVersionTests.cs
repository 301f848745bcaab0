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

/// <summary>
/// Version 1 of the format, which is read still (docs/snapshot-format.md), and what happens with a file of it that is not as it should be.
/// </summary>
public class FirstVersionTests
{
    private const int HeaderSize = 16;
    private const int Page = 4096;

    [Fact]
    public void File_begins_with_magic_and_version_and_is_made_of_tagged_sections()
    {
        var file = Sample();

        Assert.Equal("VmcsSnap", Encoding.ASCII.GetString(file, 0, 8));
        Assert.Equal((1u, 0u), (BitConverter.ToUInt32(file, 8), BitConverter.ToUInt32(file, 12)));
        var sections = Sections(file).ToArray();
        Assert.Equal(["MEM ", "PAGE", "PAGE", "SLOT"], sections[..4].Select(static section => section.Tag));
        Assert.Equal([8, 16 + Page, 16 + 2 * Page, 24], sections[..4].Select(static section => section.Length));
        Assert.Equal("END ", sections[^1].Tag);
        foreach (var (tag, length) in new[] { ("VCPU", 4), ("REGS", 144), ("SREG", 320), ("EVNT", 64), ("MPST", 4), ("DREG", 128) })
            Assert.Equal(length, Assert.Single(sections, section => section.Tag == tag).Length);
    }

    [Fact]
    public void State_is_the_same_as_by_the_version_that_is_written()
    {
        var second = SnapshotFileTests.Sample();

        var first = Load(InFirstVersion(second));

        var state = SnapshotBytes.Load(second);
        Assert.Equal(state.Slots.Select(static slot => slot.Memory.KeptPages), first.Slots.Select(static slot => slot.Memory.KeptPages));
        Assert.Equal(Contents(state), Contents(first));
        Assert.Equal(state.Vcpus[0].Regs, first.Vcpus[0].Regs);
        Assert.Equal(state.Vcpus[0].Msrs, first.Vcpus[0].Msrs);
        Assert.Null(first.Host);
        Assert.NotEqual(state.Id, first.Id);
    }

    [Fact]
    public void File_on_disk_is_read_like_a_stream_and_stays_as_it_is()
    {
        var file = WithSections([("MEM ", BitConverter.GetBytes(4ul * Page)), ("PAGE", Pages(0, 2, 1)), ("SLOT", new byte[24])]);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File, file);

        using var state = VmState.Load(folder.File);

        Assert.Equal(Contents(Load(file)), Contents(state));
        Assert.Equal(file, File.ReadAllBytes(folder.File));
    }

    [Fact]
    public void File_that_is_cut_off_anywhere_is_refused()
    {
        var file = Sample();
        foreach (var length in Enumerable.Range(0, 1000).Concat(Enumerable.Range(0, file.Length / 61).Select(static i => 61 * i)))
        {
            var refusal = Assert.Throws<InvalidDataException>(() => Load(file[..length]));
            Assert.Contains("cut off", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0, "does not begin with the magic")]
    [InlineData(8, "format version")]
    [InlineData(12, "reserved word")]
    public void Header_that_is_not_one_is_refused(int at, string complaint)
    {
        var file = Sample();
        file[at] ^= 0x40;

        Assert.Contains(complaint, Assert.Throws<InvalidDataException>(() => Load(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_section_is_skipped_if_it_begins_with_a_small_letter_and_else_refused()
    {
        var file = Sample();

        Assert.Single(Load(WithSection(file, "note", new byte[100])).Vcpus);
        var refusal = Assert.Throws<InvalidDataException>(() => Load(WithSection(file, "Note", new byte[100])));
        Assert.Contains("'Note'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("not be skipped", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Load(WithSection(file, "\0\x1\x2\x3", [])));
    }

    [Theory]
    [InlineData("MEM ", "0000000000000000")]
    [InlineData("MEM ", "0108000000000000")]
    [InlineData("MEM ", "00000000000000FF")]
    [InlineData("MEM ", "00")]
    [InlineData("PAGE", "00000000000000000000000000000000")]
    [InlineData("SLOT", "000000000000000000000000000000000000000000000000")]
    [InlineData("VCPU", "FFFFFFFF")]
    [InlineData("REGS", "0000")]
    [InlineData("CPID", "00")]
    [InlineData("CLCK", "")]
    [InlineData("END ", "00")]
    public void Section_that_makes_no_sense_is_refused(string tag, string content)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Load(WithSection(Empty(), tag, Convert.FromHexString(content))));

        Assert.Contains($"'{tag}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("byte", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PIT2", 112)]
    [InlineData("CLCK", 48)]
    public void Section_that_is_there_twice_is_refused(string tag, int length)
    {
        var once = WithSection(Empty(), tag, new byte[length]);

        _ = Load(once);
        Assert.Contains(
            "twice",
            Assert.Throws<InvalidDataException>(() => Load(WithSection(once, tag, new byte[length]))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Sections_of_the_VM_have_an_order()
    {
        (string Tag, byte[] Content)[] inOrder =
        [
            ("MEM ", BitConverter.GetBytes(2ul * Page)),
            ("PAGE", Pages(0, 0, 1)),
            ("MEM ", BitConverter.GetBytes(2ul * Page)),
            ("PAGE", Pages(0, 1, 1)),
            ("SLOT", new byte[24]),
            ("IRQC", Chip(0)),
            ("IRQC", Chip(2)),
            ("PIT2", new byte[112]),
            ("CLCK", new byte[48]),
            ("gaps", []),
            .. Vcpu,
            ("gaps", []),
        ];
        Assert.Equal((1, 2, 1), (Load(WithSections(inOrder)).Slots.Count, Load(WithSections(inOrder)).Irqchips.Count, 1));
        foreach (var (i, tag) in inOrder.Index().Where(static s => s.Item.Tag is "MEM " or "SLOT" or "IRQC" or "PIT2" or "CLCK"))
        {
            // Behind each section that follows it in the file and is another piece of the VM.
            for (var to = i + 1; to < inOrder.Length; to++)
            {
                if (inOrder[to].Tag is "MEM " or "PAGE" or "VCPU" || inOrder[to].Tag == tag.Tag)
                    continue;
                var moved = inOrder.ToList();
                moved.Insert(to + 1, inOrder[i]);
                moved.RemoveAt(i);

                var refusal = Assert.Throws<InvalidDataException>(() => Load(WithSections([.. moved])));
                Assert.Matches($"'{tag.Tag}'.*(stands behind|within a vCPU)|names memory", refusal.Message);
            }
        }
    }

    [Fact]
    public void Reserved_words_and_sizes_that_are_none_are_refused()
    {
        var memory = ("MEM ", BitConverter.GetBytes(2ul * Page));
        (string Tag, byte[] Content)[][] wrong =
        [
            [memory, ("PAGE", Changed(Pages(0, 0, 1), 4))],
            [memory, ("SLOT", Changed(new byte[24], 20))],
            [("IRQC", Chip(1)), ("IRQC", Chip(1))],
            [("IRQC", Chip(3))],
            [("gaps", []), ("gaps", [])],
            [("gaps", new byte[11])],
            [.. Vcpu, ("gaps", new byte[13])],
            [.. Vcpu, ("gaps", []), ("gaps", [])],
            [.. Vcpu, ("XSAV", new byte[568])],
            [.. Vcpu, ("XSAV", new byte[577])],
            [.. Vcpu, ("XSAV", new byte[4096]), ("FPU ", new byte[416])],
            [.. Vcpu, ("FPU ", new byte[416]), ("XSAV", new byte[4096])],
            [.. Vcpu, ("NEST", new byte[127])],
            [.. Vcpu, ("NEST", Nested(128, 4224))],
            [.. Vcpu, ("NEST", Nested(4224, 128))],
            [.. Vcpu, ("MEM ", BitConverter.GetBytes(2ul * Page))],
        ];
        foreach (var sections in wrong)
        {
            _ = Load(WithSections(sections[..^1]));
            var refusal = Assert.Throws<InvalidDataException>(() => Load(WithSections(sections)));
            Assert.Contains($"'{sections[^1].Tag}'", refusal.Message, StringComparison.Ordinal);
        }
        _ = Load(WithSections([.. Vcpu, ("XSAV", new byte[2696]), ("NEST", Nested(4224, 4224)), ("gaps", new byte[12])]));
    }

    [Fact]
    public void vCPU_without_its_registers_is_refused()
    {
        var refusal = Assert.Throws<InvalidDataException>(() => Load(WithSection(Empty(), "VCPU", new byte[4])));

        Assert.Contains("vCPU 0 ends here without its registers", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pages_that_overlap_or_lie_outside_the_memory_are_refused()
    {
        var memory = WithSection(Empty(), "MEM ", BitConverter.GetBytes(4ul * Page));
        var pages = WithSection(memory, "PAGE", Pages(0, 1, 2));
        _ = Load(pages);

        foreach (
            var (index, first, count) in new[]
            {
                (0u, 2ul, 1),
                (0u, 0ul, 1),
                (0u, 4ul, 1),
                (0u, 3ul, 2),
                (0u, ulong.MaxValue, 1),
                (1u, 3ul, 1),
            }
        )
            Assert.Throws<InvalidDataException>(() => Load(WithSection(pages, "PAGE", Pages(index, first, count))));
        Assert.Throws<InvalidDataException>(() => Load(WithSection(memory, "PAGE", new byte[17])));
    }

    [Theory]
    [InlineData("MEM ")]
    [InlineData("PAGE")]
    [InlineData("REGS")]
    [InlineData("note")]
    public void Length_that_a_file_only_claims_costs_no_memory(string tag)
    {
        foreach (var length in new[] { 0x7FFF_FFFFu, uint.MaxValue, 1u << 20 })
        {
            var file = Empty()[..HeaderSize];
            var header = new byte[8];
            Encoding.ASCII.GetBytes(tag, header);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), length);
            byte[] hostile = [.. file, .. header, .. new byte[16]];

            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<InvalidDataException>(() => Load(hostile));

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        }
    }

    [Fact]
    public void Huge_memory_without_pages_costs_nothing_to_load_and_is_refused_by_the_host()
    {
        var file = WithSection(Empty(), "MEM ", BitConverter.GetBytes(1ul << 52));
        file = WithSection(file, "SLOT", new byte[24]);
        using var host = TestHost.Open();
        using var vm = host.CreateVm();

        var refusal = Assert.Throws<KvmException>(() => Load(file).RestoreTo(vm));

        Assert.Equal(("mmap", Errno.ENOMEM), (refusal.Operation, refusal.Errno));
    }

    [Fact]
    public void File_with_any_bytes_changed_is_loaded_or_refused_and_KVM_takes_it_or_refuses_it()
    {
        var sample = Sample();
        // Pages hold anything; what is interesting are the sections around them.
        var end = Sections(sample).First(static section => section.Tag == "PAGE").Start + 24;
        var interesting = Enumerable.Range(0, end).Concat(Enumerable.Range(sample.Length - 6000, 6000)).ToArray();
        using var host = TestHost.Open();
        var (loaded, restored) = (0, 0);

        Gen.Select(Gen.Select(Gen.Int[0, interesting.Length - 1], Gen.Byte).Array[1, 4], Gen.Bool)
            .Sample(
                (changes, truncates) =>
                {
                    var file = (byte[])sample.Clone();
                    foreach (var (at, value) in changes)
                        file[interesting[at]] = value;
                    if (truncates)
                        file = file[..^(changes[0].Item1 % file.Length)];
                    try
                    {
                        var state = Load(file);
                        loaded++;
                        if (state.Slots.Any(static slot => slot.Memory.Size > 1 << 30))
                            return; // KVM would set up tables for that much.
                        using var vm = host.CreateVm();
                        using var vcpu = vm.CreateVcpu(0);
                        state.RestoreTo(vm, vcpu);
                        restored++;
                    }
                    catch (Exception refusal) when (refusal is InvalidDataException or KvmException or ArgumentException)
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
    private static byte[] Sample() => InFirstVersion(SnapshotFileTests.Sample());

    // The sections are the same but for those of memory and those that the first version did not have.
    private static byte[] InFirstVersion(byte[] second)
    {
        using var state = SnapshotBytes.Load(second);
        var memory = Contents(state);
        List<(string Tag, byte[] Content)> sections = [("MEM ", BitConverter.GetBytes((ulong)memory.Length))];
        for (var page = 0; page < memory.Length / Page; )
        {
            var count = 0;
            while ((page + count) * Page < memory.Length && memory.AsSpan((page + count) * Page, Page).ContainsAnyExcept((byte)0))
                count++;
            var pages = Pages(0, (ulong)page, count);
            memory.AsSpan(page * Page, count * Page).CopyTo(pages.AsSpan(16));
            if (count > 0)
                sections.Add(("PAGE", pages));
            page += Math.Max(1, count);
        }
        string[] left = ["IDEN", "MEM ", "DATA", "EXTS", "SUMS", "VMM ", "hcpu", "hmsr", "hftr", "hcap", "TOFS", "END "];
        return WithSections([
            .. sections,
            .. SnapshotBytes
                .Sections(second)
                .Where(section => !left.Contains(section.Tag))
                .Select(section => (section.Tag, second[section.Start..(section.Start + section.Length)])),
        ]);
    }

    private static byte[] Contents(VmState state)
    {
        var memory = new byte[state.Slots[0].Memory.Size];
        state.Slots[0].Memory.Read(0, memory);
        return memory;
    }

    // The header and the end section.
    private static byte[] Empty() => [.. "VmcsSnap"u8, 1, 0, 0, 0, 0, 0, 0, 0, .. "END "u8, 0, 0, 0, 0];

    private static byte[] WithSections(params (string Tag, byte[] Content)[] sections) =>
        sections.Aggregate(Empty(), static (file, section) => WithSection(file, section.Tag, section.Content));

    private static byte[] Chip(uint id)
    {
        var chip = new byte[520];
        BinaryPrimitives.WriteUInt32LittleEndian(chip, id);
        return chip;
    }

    private static byte[] Nested(int length, uint size)
    {
        var state = new byte[length];
        BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(4), size);
        return state;
    }

    private static byte[] Changed(byte[] content, int at)
    {
        content[at] ^= 1;
        return content;
    }

    private static readonly (string Tag, byte[] Content)[] Vcpu = [("VCPU", new byte[4]), ("REGS", new byte[144]), ("SREG", new byte[320])];

    private static VmState Load(byte[] file) => SnapshotBytes.Load(file);

    private static byte[] Pages(uint memory, ulong first, int count)
    {
        var content = new byte[16 + count * Page];
        BinaryPrimitives.WriteUInt32LittleEndian(content, memory);
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(8), first);
        return content;
    }

    /// <summary>Puts a section in front of the end.</summary>
    private static byte[] WithSection(byte[] file, string tag, byte[] content)
    {
        var section = new byte[8 + content.Length];
        Encoding.ASCII.GetBytes(tag, section);
        BinaryPrimitives.WriteInt32LittleEndian(section.AsSpan(4), content.Length);
        content.CopyTo(section, 8);
        return [.. file[..^8], .. section, .. file[^8..]];
    }

    private static IEnumerable<(string Tag, int Start, int Length)> Sections(byte[] file)
    {
        for (var at = HeaderSize; at < file.Length; )
        {
            var length = BitConverter.ToInt32(file, at + 4);
            yield return (Encoding.ASCII.GetString(file, at, 4), at, length);
            at += 8 + length;
        }
    }
}
