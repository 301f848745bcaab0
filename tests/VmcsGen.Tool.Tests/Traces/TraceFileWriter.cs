using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using ZstdSharp;

namespace VmcsGen.Tool.Tests.Traces;

/// <summary>Writes a trace.dat as trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5) say, of the pages of some processors.</summary>
internal sealed class TraceFileWriter(IReadOnlyList<string> formats)
{
    private const int PageSize = 4096;
    private const string Clock = "[local] global counter";

    private readonly List<byte> _bytes = [];

    public static byte[] Version6(IReadOnlyList<byte[]> cpus, IReadOnlyList<string> formats)
    {
        var writer = new TraceFileWriter(formats);
        writer.Text("\x17\x08\x44tracing6\0").Numbers((byte)0, (byte)8, PageSize);
        writer.Text("header_page\0").Numbers(4ul).Text("page").Text("header_event\0").Numbers(5ul).Text("event");
        writer.Numbers(1, 3ul).Text("own").Formats();
        writer.Numbers(4).Text("syms").Numbers(0).Numbers(7ul).Text("1 init\n").Numbers(cpus.Count);
        writer.Text("options  \0").Numbers((ushort)4, Clock.Length).Text(Clock).Numbers((ushort)9, 2).Text("3\0").Numbers((ushort)0);
        writer.Text("flyrecord\0");
        var at = (ulong)Aligned(writer._bytes.Count + (16 * cpus.Count));
        foreach (var pages in cpus)
        {
            writer.Numbers(at, (ulong)pages.Length);
            at += (ulong)pages.Length;
        }
        foreach (var pages in cpus)
        {
            writer.Align();
            writer._bytes.AddRange(pages);
        }
        return writer._bytes.ToArray();
    }

    public static byte[] Version7(IReadOnlyList<byte[]> cpus, IReadOnlyList<string> formats, bool isCompressed, int pagesPerChunk = 2)
    {
        var writer = new TraceFileWriter(formats);
        writer.Text("\x17\x08\x44tracing7\0").Numbers((byte)0, (byte)8, PageSize);
        writer.Text(isCompressed ? "zstd\0" : "none\0").Text("1.5.4\0");
        var first = writer._bytes.Count;
        writer.Numbers(0ul);

        var formatsAt = writer._bytes.Count;
        writer.Section(18, isCompressed, new TraceFileWriter(formats).Formats()._bytes.ToArray());

        var pagesAt = writer._bytes.Count;
        var size = writer.Header(3, isCompressed);
        var places = new List<(ulong Offset, ulong Size)>();
        foreach (var pages in cpus)
        {
            writer.Align();
            var start = writer._bytes.Count;
            if (isCompressed)
                writer.Chunks(pages, pagesPerChunk);
            else
                writer._bytes.AddRange(pages);
            places.Add(((ulong)start, (ulong)(writer._bytes.Count - start)));
        }
        writer.Patch(size, (ulong)(writer._bytes.Count - size) - sizeof(ulong));

        var buffer = new TraceFileWriter(formats).Numbers((ulong)pagesAt).Text("\0").Text("local\0").Numbers(PageSize, cpus.Count);
        for (var cpu = 0; cpu < cpus.Count; cpu++)
            buffer.Numbers(cpu, places[cpu].Offset, places[cpu].Size);

        // Two sections of options, of which the first names the second.
        var second = writer._bytes.Count;
        writer.Section(0, false, Options(0, (3, buffer._bytes.ToArray())));
        writer.Patch(first, (ulong)writer._bytes.Count);
        writer.Section(
            0,
            false,
            Options((ulong)second, (4, Encoding.ASCII.GetBytes(Clock)), (18, BitConverter.GetBytes((ulong)formatsAt)))
        );
        return writer._bytes.ToArray();
    }

    private static byte[] Options(ulong next, params (ushort Id, byte[] Data)[] options)
    {
        var writer = new TraceFileWriter([]);
        foreach (var (id, data) in options)
        {
            writer.Numbers(id, data.Length);
            writer._bytes.AddRange(data);
        }
        return writer.Numbers((ushort)0, sizeof(ulong), next)._bytes.ToArray();
    }

    private static int Aligned(int length) => (length + PageSize - 1) / PageSize * PageSize;

    private TraceFileWriter Formats()
    {
        Numbers(2).Text("sched\0").Numbers(1, 4ul).Text("none").Text("kvm\0").Numbers(formats.Count);
        foreach (var format in formats)
            Numbers((ulong)format.Length).Text(format);
        return this;
    }

    private void Section(ushort id, bool isCompressed, byte[] content)
    {
        var size = Header(id, isCompressed);
        if (isCompressed)
            Packed(content);
        else
            _bytes.AddRange(content);
        Patch(size, (ulong)(_bytes.Count - size) - sizeof(ulong));
    }

    // Gives the place of the size.
    private int Header(ushort id, bool isCompressed)
    {
        Numbers(id, (ushort)(isCompressed ? 1 : 0), 0);
        Numbers(0ul);
        return _bytes.Count - sizeof(ulong);
    }

    private void Chunks(byte[] pages, int pagesPerChunk)
    {
        var chunks = pages.Chunk(pagesPerChunk * PageSize).ToArray();
        Numbers(chunks.Length);
        foreach (var chunk in chunks)
            Packed(chunk);
    }

    private void Packed(byte[] content)
    {
        using var compressor = new Compressor();
        var packed = compressor.Wrap(content).ToArray();
        Numbers(packed.Length, content.Length);
        _bytes.AddRange(packed);
    }

    private void Align()
    {
        while (_bytes.Count % PageSize != 0)
            _bytes.Add(0);
    }

    private void Patch(int place, ulong value)
    {
        foreach (var (offset, one) in BitConverter.GetBytes(value).Index())
            _bytes[place + offset] = one;
    }

    private TraceFileWriter Text(string text)
    {
        _bytes.AddRange(Encoding.Latin1.GetBytes(text));
        return this;
    }

    private TraceFileWriter Numbers(params object[] numbers)
    {
        foreach (var number in numbers)
        {
            _bytes.AddRange(
                number switch
                {
                    byte one => [one],
                    ushort two => BitConverter.GetBytes(two),
                    int four => BitConverter.GetBytes(four),
                    ulong eight => BitConverter.GetBytes(eight),
                    _ => throw new ArgumentException($"{number}"),
                }
            );
        }
        return this;
    }
}
