using System.Collections.Generic;
using System.IO;
using System.Text;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>Version 7 of a trace file: sections that a chain of options names, some of them compressed.</summary>
internal static class TraceFile7
{
    private const string NoCompression = "none";
    private const ushort IsCompressed = 1;
    private const uint LongestSection = 256 << 20;

    // Sections, and options.
    private const ushort OptionsSection = 0;
    private const ushort EndOfOptions = 0;
    private const ushort BufferOption = 3;
    private const ushort ClockOption = 4;
    private const ushort FormatsOption = 18;
    private const ushort BufferSection = 3;

    /// <summary>Reads what is behind the size of pages.</summary>
    public static void Read(TraceBytes file, TraceFileParts parts)
    {
        var start = file.Position;
        var compression = file.Text();
        file.Text();
        if (compression is not (NoCompression or "zstd"))
            throw file.Error(start, $"the trace is compressed by '{compression}'; 'trace-cmd convert --compression none' undoes that");
        var seen = new HashSet<ulong>();
        for (var next = file.UInt64(); next != 0; )
        {
            if (!seen.Add(next))
                throw file.Error((long)next, "the options come back to themselves");
            var options = Section(file, next, OptionsSection);
            next = ReadOptions(file, options, parts);
        }
    }

    // Gives the place of the next options.
    private static ulong ReadOptions(TraceBytes file, TraceBytes options, TraceFileParts parts)
    {
        while (true)
        {
            var id = options.UInt16();
            var data = new TraceBytes(new MemoryStream(options.Block(options.UInt32())), $"option {id}");
            switch (id)
            {
                case EndOfOptions:
                    return data.UInt64();
                case BufferOption:
                    ReadBuffer(file, data, parts);
                    break;
                case ClockOption:
                    parts.ReadClock(Encoding.Latin1.GetString(data.Block((ulong)data.Left)));
                    break;
                case FormatsOption:
                    parts.ReadFormats(Section(file, data.UInt64(), FormatsOption));
                    break;
            }
        }
    }

    private static void ReadBuffer(TraceBytes file, TraceBytes option, TraceFileParts parts)
    {
        var offset = option.UInt64();
        option.Text();
        parts.Clock = option.Text() is { Length: > 0 } clock ? clock : parts.Clock;
        var pageSize = TraceFileParts.PageSize(option, option.UInt32());
        var isCompressed = (Header(file, offset, BufferSection).Flags & IsCompressed) != 0;
        for (var cpus = TraceFileParts.CountOfCpus(option, option.UInt32()); cpus > 0; cpus--)
            parts.AddCpu(option, new(option.UInt32(), option.UInt64(), option.UInt64(), pageSize, isCompressed), file);
    }

    private static (ushort Flags, ulong Size) Header(TraceBytes file, ulong offset, ushort id)
    {
        file.Position = offset <= long.MaxValue ? (long)offset : long.MaxValue;
        var found = file.UInt16();
        if (found != id)
            throw file.Error((long)offset, $"section {id} is expected here, but there is {found}");
        var flags = file.UInt16();
        // What it is called.
        file.UInt32();
        return (flags, file.UInt64());
    }

    private static TraceBytes Section(TraceBytes file, ulong offset, ushort id)
    {
        var (flags, size) = Header(file, offset, id);
        return (flags & IsCompressed) != 0
            ? new(new MemoryStream(TraceCpu.Decompress(file, LongestSection)), $"section {id} at byte {offset}")
            : new(new MemoryStream(file.Block(size)), $"section {id} at byte {offset}");
    }
}
