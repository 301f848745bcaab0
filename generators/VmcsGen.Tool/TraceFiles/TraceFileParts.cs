using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using VmcsGen.Tool.Traces;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>What a trace file has: formats of events, the clock, and where the pages are.</summary>
internal sealed class TraceFileParts
{
    private const string Magic = "\x17\x08\x44tracing";
    private const uint MostCpus = 1 << 16;
    private const int LargestPage = 1 << 24;
    private const int SmallestPage = 16;

    // That of kvm_exit has 7 KiB.
    private const ulong LongestFormat = 1 << 15;

    private ulong _sizeOfPages;

    private TraceFileParts() { }

    /// <summary>The formats of events.</summary>
    public List<EventFormat> Formats { get; } = [];

    /// <summary>The pages, of each processor and each instance of ftrace.</summary>
    public List<TraceCpu> Cpus { get; } = [];

    /// <summary>The clock of ftrace: <c>local</c>.</summary>
    public string Clock { get; set; } = "local";

    /// <summary>Reads them.</summary>
    /// <exception cref="InputException">The file is damaged, or of another version; the message says where.</exception>
    public static TraceFileParts Read(TraceBytes file)
    {
        var parts = new TraceFileParts();
        file.Expect(Magic);
        var at = file.Position;
        var version = file.Text();
        if (file.Byte() != 0)
            throw file.Error(file.Position - 1, "the trace is of a big-endian machine, which has no VMX");
        var sizeOfLong = file.Byte();
        if (sizeOfLong != sizeof(ulong))
            throw file.Error(
                file.Position - 1,
                $"the trace is of a machine with longs of {sizeOfLong} bytes; those of {sizeof(ulong)} are read"
            );
        var pageSize = file.UInt32();
        switch (version)
        {
            case "6":
                TraceFile6.Read(file, parts, PageSize(file, pageSize));
                break;
            case "7":
                TraceFile7.Read(file, parts);
                break;
            default:
                throw file.Error(at, $"the trace has version '{version}' of its format; 6 and 7 are read");
        }
        return parts;
    }

    /// <summary>Reads formats: of so many systems, those of their events. Only KVM's entries and exits are of interest.</summary>
    public void ReadFormats(TraceBytes file)
    {
        for (var systems = file.UInt32(); systems > 0; systems--)
        {
            file.Text();
            for (var events = file.UInt32(); events > 0; events--)
            {
                var size = file.UInt64();
                if (size > LongestFormat)
                {
                    file.Skip(size);
                    continue;
                }
                var text = Encoding.Latin1.GetString(file.Block(size));
                var isWanted = TraceReader.Points.Any(point => text.StartsWith($"name: {point}\n", StringComparison.Ordinal));
                if (isWanted && Formats.Count < TraceReader.Points.Count && EventFormat.Read(text) is { } format)
                    Formats.Add(format);
            }
        }
    }

    /// <summary>Reads which clock of ftrace's list, <c>[local] global counter</c>, is the chosen one.</summary>
    public void ReadClock(string text)
    {
        if (text.IndexOf('[', StringComparison.Ordinal) is >= 0 and var start && text.IndexOf(']', start) is > 0 and var end)
            Clock = text[(start + 1)..end];
    }

    /// <summary>Takes a size of pages, if it is one.</summary>
    public static int PageSize(TraceBytes file, uint size) =>
        size is >= SmallestPage and <= LargestPage
            ? (int)size
            : throw file.Error(file.Position - sizeof(uint), $"a page has {SmallestPage} to {LargestPage} bytes, not {size}");

    /// <summary>Takes a count of processors, if it is one.</summary>
    public static uint CountOfCpus(TraceBytes file, uint count) =>
        count <= MostCpus ? count : throw file.Error(file.Position - sizeof(uint), $"{count} processors are more than {MostCpus}");

    /// <summary>Takes the place of a processor's pages.</summary>
    /// <param name="named">Where it was read.</param>
    /// <param name="cpu">The place.</param>
    /// <param name="file">The file.</param>
    public void AddCpu(TraceBytes named, TraceCpu cpu, TraceBytes file)
    {
        // No two have the same pages, so that all together are no more than the file.
        _sizeOfPages += Math.Min(cpu.Size, file.Length + 1);
        if (cpu.Offset > file.Length || cpu.Size > file.Length - cpu.Offset || _sizeOfPages > file.Length)
            throw named.Error(
                named.Position,
                $"the pages of CPU {cpu.Cpu}, {cpu.Size} bytes at byte {cpu.Offset}, are behind the end of the file, or those of another"
            );
        Cpus.Add(cpu);
    }
}
