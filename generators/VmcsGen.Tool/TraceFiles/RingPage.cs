using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>
/// A page of ftrace's ring buffer, as <c>per_cpu/cpuN/trace_pipe_raw</c> gives it (the kernel's Documentation/trace/ring-buffer-map.rst and
/// <c>events/header_page</c>, <c>events/header_event</c>).
/// </summary>
internal static class RingPage
{
    // A time stamp, and how many bytes of records follow.
    private const int HeaderSize = 16;
    private const int LengthMask = (1 << 20) - 1;
    private const ulong EventsWereLost = 1u << 31;

    // In the lower 5 bits of each header: a length in words, or one of these.
    private const int TypeBits = 5;
    private const uint Padding = 29;
    private const uint TimeExtension = 30;
    private const uint TimeStamp = 31;

    // Of a time stamp, a header and the word behind it have 59 bits.
    private const int DeltaBits = 32 - TypeBits;
    private const ulong StampMask = (1ul << (DeltaBits + 32)) - 1;

    /// <summary>Whether records were lost before this page.</summary>
    public static bool LostEvents(ReadOnlySpan<byte> page) =>
        page.Length >= HeaderSize && (BinaryPrimitives.ReadUInt64LittleEndian(page[8..]) & EventsWereLost) != 0;

    /// <summary>Reads the records of a page, each with its time.</summary>
    /// <param name="page">The page.</param>
    /// <param name="records">Where they go: time, place and length in the page.</param>
    /// <returns>What is wrong, with its byte; null if nothing is.</returns>
    public static (int Byte, string Message)? Read(ReadOnlySpan<byte> page, List<(ulong Time, int Start, int Length)> records)
    {
        if (page.Length < HeaderSize)
            return (page.Length, $"a page has at least {HeaderSize} bytes");
        var time = BinaryPrimitives.ReadUInt64LittleEndian(page);
        var length = (int)(BinaryPrimitives.ReadUInt64LittleEndian(page[8..]) & LengthMask);
        if (length > page.Length - HeaderSize)
            return (8, $"{length} bytes of records do not fit into a page of {page.Length}");
        var end = HeaderSize + length;
        for (var at = HeaderSize; at < end; )
        {
            if (end - at < sizeof(uint))
                return (at, "a record is cut off");
            var header = BinaryPrimitives.ReadUInt32LittleEndian(page[at..]);
            var (type, delta) = (header & ((1 << TypeBits) - 1), (ulong)(header >> TypeBits));
            var start = at + sizeof(uint);
            // Nothing follows on this page.
            if (type == Padding && delta == 0)
                return null;
            var hasWord = type is 0 or >= Padding;
            if (hasWord && end - start < sizeof(uint))
                return (at, "a record is cut off");
            var word = hasWord ? BinaryPrimitives.ReadUInt32LittleEndian(page[start..]) : 0;
            switch (type)
            {
                case TimeExtension:
                    time += delta + ((ulong)word << DeltaBits);
                    at = start + sizeof(uint);
                    continue;
                case TimeStamp:
                    time = (time & ~StampMask) | delta | ((ulong)word << DeltaBits);
                    at = start + sizeof(uint);
                    continue;
                case Padding:
                    // A record that was taken back.
                    time += delta;
                    if (word < sizeof(uint) || word > (uint)(end - start))
                        return (start, $"a gap of {word} bytes does not fit into the page");
                    at = start + (int)word;
                    continue;
            }
            // The word has its own length too.
            var (place, size) = type == 0 ? (start + sizeof(uint), (long)word - sizeof(uint)) : (start, type * sizeof(uint));
            if (size < 0 || size > end - place)
                return (start, $"a record of {size} bytes does not fit into the page");
            time += delta;
            records.Add((time, place, (int)size));
            at = (int)(place + (size + 3 & ~3L));
        }
        return null;
    }
}
