using System.Text;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>Version 6 of a trace file: parts in one order, and none of them compressed.</summary>
internal static class TraceFile6
{
    private const ushort EndOfOptions = 0;
    private const ushort ClockOption = 4;

    /// <summary>Reads what is behind the size of pages.</summary>
    public static void Read(TraceBytes file, TraceFileParts parts, int pageSize)
    {
        file.Expect("header_page\0");
        file.Skip(file.UInt64());
        file.Expect("header_event\0");
        file.Skip(file.UInt64());
        // Formats of ftrace's own events.
        for (var events = file.UInt32(); events > 0; events--)
            file.Skip(file.UInt64());
        parts.ReadFormats(file);
        // Names of functions, texts of trace_printk, and names of threads.
        file.Skip(file.UInt32());
        file.Skip(file.UInt32());
        file.Skip(file.UInt64());
        var cpus = TraceFileParts.CountOfCpus(file, file.UInt32());
        var start = file.Position;
        var kind = file.Text();
        // "options" is filled up to the length of the others.
        if (kind.TrimEnd() == "options")
        {
            for (var id = file.UInt16(); id != EndOfOptions; id = file.UInt16())
            {
                var data = file.Block(file.UInt32());
                if (id == ClockOption)
                    parts.ReadClock(Encoding.Latin1.GetString(data));
            }
            start = file.Position;
            kind = file.Text();
        }
        if (kind != "flyrecord")
            throw file.Error(start, $"'{kind}' follows, which has no pages of events; record with 'trace-cmd record'");
        for (var cpu = 0u; cpu < cpus; cpu++)
            parts.AddCpu(file, new(cpu, file.UInt64(), file.UInt64(), pageSize, IsCompressed: false), file);
    }
}
