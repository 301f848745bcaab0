using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;
using Xunit;

namespace VmcsGen.Tool.Tests.KernelDumps;

/// <summary>Dumps that are damaged, or are none: samples/KernelVms says so, and reads nowhere else.</summary>
public sealed class HostileDumpTests(ITestOutputHelper output) : IDisposable
{
    // elf64_hdr: e_phoff and e_phnum; elf64_phdr: p_offset and p_filesz (System V ABI).
    private const int TableOffset = 32;
    private const int SegmentCount = 56;
    private const int Table = 64;
    private const int SegmentSize = 56;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmcsgen");

    [Fact]
    public void What_is_no_dump_is_told()
    {
        AssertRefused("shorter than the header", []);
        AssertRefused("no ELF file of 64 bits", new byte[4096]);
        AssertRefused("cannot be read", "/no/such/dump");
        AssertRefused("lies beyond the end", RecordedDump.Bytes[..^1]);
        AssertRefused("cut off", RecordedDump.Bytes[..(Table + 10)]);
    }

    [Fact]
    public void A_dump_without_VMCOREINFO_is_told_with_what_to_do()
    {
        var dump = RecordedDump.Bytes.ToArray();
        dump.AsSpan(dump.AsSpan().IndexOf("VMCOREINFO\0"u8), 2).Fill((byte)'x');

        AssertRefused("-device vmcoreinfo", dump);
    }

    [Fact]
    public void A_count_of_bytes_that_no_note_has_is_told()
    {
        var dump = RecordedDump.Bytes.ToArray();
        var note = dump.AsSpan().IndexOf("VMCOREINFO\0"u8) - 12;
        BinaryPrimitives.WriteUInt32LittleEndian(dump.AsSpan(note + 4), uint.MaxValue);

        AssertRefused("ends outside of the notes", dump);
    }

    [Theory]
    [InlineData("0xffffffffffffffff")]
    [InlineData("0")]
    [InlineData("ffff800000000000")]
    public void An_address_at_which_nothing_lies_is_told(string address) =>
        AssertRefused("cannot be read: ", Write(RecordedDump.Bytes), address);

    [Theory]
    [InlineData("vm_list")]
    [InlineData("")]
    [InlineData("0xg")]
    [InlineData("10000000000000000")]
    public void What_is_no_address_is_told(string address) => AssertRefused("is no address", Write(RecordedDump.Bytes), address);

    [Fact]
    public void A_list_without_an_end_ends()
    {
        var dump = RecordedDump.Bytes.ToArray();
        var head = new byte[8];
        var address = RecordedDump.VmList(RecordedDump.Said);
        BinaryPrimitives.WriteUInt64LittleEndian(head, ulong.Parse(address, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        // Of three VMs the first and the last have the head beside a pointer to the second: now they have the second in its place too.
        for (var rest = 0; dump.AsSpan(rest).IndexOf(head) is var at and >= 0; rest += at + 8)
        {
            var place = rest + at;
            var second = dump[place + 15] == 0xFF ? dump.AsSpan(place + 8, 8) : dump.AsSpan(place - 8, 8);
            second.CopyTo(dump.AsSpan(place));
        }

        AssertRefused("comes back to its node", dump);
    }

    [Fact]
    public void Whatever_is_damaged_the_answer_is_a_report_or_an_error()
    {
        var random = new Random(6122);
        var address = RecordedDump.VmList(RecordedDump.Said);
        var (reports, errors) = (0, 0);
        for (var round = 0; round < 1500; round++)
        {
            var dump = RecordedDump.Bytes.ToArray();
            // Every other time the headers alone, which are less than a hundredth of the file.
            var end = round % 2 == 0 ? Table + (SegmentSize * 24) : dump.Length;
            for (var edits = random.Next(1, 5); edits > 0; edits--)
            {
                var at = random.Next(end - 8);
                switch (random.Next(3))
                {
                    case 0:
                        dump[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 1:
                        BinaryPrimitives.WriteUInt64LittleEndian(dump.AsSpan(at & ~7), ulong.MaxValue >> random.Next(64));
                        break;
                    default:
                        dump.AsSpan(at & ~7, 8).CopyTo(dump.AsSpan(random.Next(end - 8) & ~7));
                        break;
                }
            }
            var run = SampleProgram.AsItIs.Run(Write(dump), address);
            Assert.InRange(run.ExitCode, 0, 2);
            Assert.Equal(run.ExitCode == 0, run.Error.Length == 0);
            if (run.ExitCode == 0)
                reports++;
            else
                errors++;
        }
        output.WriteLine($"{reports} reports, {errors} errors");
        Assert.InRange(reports, 100, int.MaxValue);
        Assert.InRange(errors, 100, int.MaxValue);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(ReadOnlySpan<byte> dump)
    {
        var path = Path.Combine(_folder.FullName, "dump");
        File.WriteAllBytes(path, dump);
        return path;
    }

    private void AssertRefused(string reason, ReadOnlySpan<byte> dump) => AssertRefused(reason, Write(dump));

    private static void AssertRefused(string reason, string path, string? address = null)
    {
        var run = SampleProgram.AsItIs.Run(path, address ?? RecordedDump.VmList(RecordedDump.Said));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.StartsWith($"{path}: ", run.Error, StringComparison.Ordinal);
    }
}
