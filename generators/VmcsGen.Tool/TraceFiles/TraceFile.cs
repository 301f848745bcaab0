using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Dumps;
using VmcsGen.Tool.Traces;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>
/// A <c>trace.dat</c> of trace-cmd: formats of events, and pages of each processor (trace-cmd.dat.v6(5), trace-cmd.dat.v7(5)). Its events
/// are read in the order of their times, with a page of each processor in memory.
/// </summary>
internal sealed class TraceFile
{
    // Clocks of ftrace that count something else.
    private static readonly string[] s_otherClocks = ["counter", "uptime", "x86-tsc"];

    // Of x86.
    private const int PageSize = 4096;

    private readonly TraceBytes _file;
    private readonly BinaryEvents _events;
    private readonly IReadOnlyList<TraceCpu> _cpus;

    private TraceFile(TraceBytes file, IReadOnlyList<TraceCpu> cpus, BinaryEvents events)
    {
        (_file, _cpus, _events) = (file, cpus, events);
        if (!_events.Any)
            throw new InputException(
                $"the trace has no format of {string.Join(", ", TraceReader.Points)}: KVM's events were not recorded."
            );
    }

    /// <summary>Whether a file begins as one does.</summary>
    public static bool Fits(ReadOnlySpan<byte> head) => head.StartsWith("\x17\x08\x44tracing"u8);

    /// <summary>Reads the formats and finds the pages.</summary>
    /// <exception cref="InputException">The file cannot be read; the message says where.</exception>
    public static TraceFile Open(Stream stream)
    {
        var file = Begin(stream);
        var parts = TraceFileParts.Read(file);
        return new(file, parts.Cpus, new(parts.Formats, !s_otherClocks.Contains(parts.Clock)));
    }

    /// <summary>Takes pages of one processor, as <c>trace_pipe_raw</c> gave them.</summary>
    /// <param name="stream">The pages.</param>
    /// <param name="formats">The formats of the kernel's events.</param>
    /// <exception cref="InputException">The file cannot be read; the message says where.</exception>
    public static TraceFile OpenPages(Stream stream, IEnumerable<EventFormat> formats)
    {
        var file = Begin(stream);
        return new(file, [new(0, 0, file.Length, PageSize, IsCompressed: false)], new(formats, inNanoseconds: true));
    }

    private static TraceBytes Begin(Stream stream)
    {
        if (!stream.CanSeek)
            throw new InputException("such a trace is read in several places at once: name the file itself, and not a pipe.");
        stream.Position = 0;
        return new(stream);
    }

    /// <summary>Reads the events.</summary>
    /// <param name="report">Hears of pages that cannot be read, and of events that were lost.</param>
    public IEnumerable<TraceEvent> Read(Action<LogProblem> report)
    {
        var queue = new PriorityQueue<IEnumerator<(ulong Time, TraceEvent Event)>, (ulong Time, int Cpu)>();
        foreach (var (cpu, index) in _cpus.Select(static (cpu, index) => (cpu, index)))
            Next(Events(cpu, report).GetEnumerator(), index);
        for (var number = 1; queue.TryDequeue(out var cursor, out var at); number++)
        {
            yield return cursor.Current.Event with
            {
                Line = number,
            };
            Next(cursor, at.Cpu);
        }

        void Next(IEnumerator<(ulong Time, TraceEvent Event)> cursor, int cpu)
        {
            if (cursor.MoveNext())
                queue.Enqueue(cursor, (cursor.Current.Time, cpu));
            else
                cursor.Dispose();
        }
    }

    private IEnumerable<(ulong Time, TraceEvent Event)> Events(TraceCpu cpu, Action<LogProblem> report)
    {
        var records = new List<(ulong Time, int Start, int Length)>();
        foreach (var (place, page) in cpu.Pages(_file))
        {
            records.Clear();
            if (RingPage.LostEvents(page.Span))
                report(Problem(place, $"CPU {cpu.Cpu} lost events before this page: its buffer was full"));
            if (RingPage.Read(page.Span, records) is var (at, message))
                report(Problem(place + (ulong)at, $"{message}. What follows on this page of CPU {cpu.Cpu} is left out"));
            foreach (var (time, start, length) in records)
            {
                if (_events.Read(time, page.Span.Slice(start, length)) is { } one)
                    yield return (time, one);
            }
        }
    }

    private static LogProblem Problem(ulong place, string message) => new(0, (long)place, message + ".");
}
