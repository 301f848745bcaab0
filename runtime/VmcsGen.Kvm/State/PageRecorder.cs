using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>
/// Puts the pages of a memory that hold something into a file, straight from the memory and in its order. Pages that hold zeros leave
/// holes there.
/// </summary>
/// <param name="memory">The memory.</param>
/// <param name="file">The file.</param>
/// <param name="place">Where in the file the memory begins.</param>
internal sealed class PageRecorder(GuestMemory memory, PageFile file, ulong place)
{
    private const int PageSize = GuestMemory.PageSize;

    // Asked before the guest stands still.
    private readonly bool _areSupplied = TouchedPages.AreSupplied(memory);

    private static readonly byte[] s_zeros = new byte[PageSize];

    /// <summary>The memory.</summary>
    internal GuestMemory Memory => memory;

    /// <summary>What was recorded so far.</summary>
    internal RecordedPages Recorded { get; } = new();

    /// <summary>Where in the file the memory begins.</summary>
    internal ulong Place => place;

    /// <summary>Records all that is in the memory.</summary>
    internal void RecordAll() => Record(TouchedPages.Of(memory, _areSupplied));

    /// <summary>Records pages, in the place of what was recorded of them before.</summary>
    /// <param name="ranges">The pages.</param>
    /// <param name="notesZeros">Whether those that hold zeros are noted, for who has them from elsewhere otherwise.</param>
    internal void Record(IEnumerable<PageRange> ranges, bool notesZeros = false)
    {
        foreach (var (start, end) in ranges)
        {
            for (var offset = start; offset < end; offset += SavedPages.MostBytesAtOnce)
            {
                using var part = new GuestMemory.MappedSpan(memory, offset, (int)Math.Min(SavedPages.MostBytesAtOnce, end - offset));
                Record(offset, part.Bytes, notesZeros);
            }
        }
    }

    /// <summary>What was recorded, as the contents of the memory.</summary>
    internal SavedPages ToPages()
    {
        List<PageExtent> extents = [];
        foreach (var (run, hasBytes) in Recorded.Runs())
            extents.Add(hasBytes ? new(run, file, place + run.Start) : new(run, null, 0));
        return new(memory.Size, extents, (file, place));
    }

    private void Record(ulong offset, ReadOnlySpan<byte> bytes, bool notesZeros)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            var end = at;
            while (end < bytes.Length && bytes.Slice(end, PageSize).ContainsAnyExcept((byte)0))
                end += PageSize;
            if (end > at)
            {
                file.Write(place + offset + (ulong)at, bytes[at..end]);
                Recorded.Add(offset + (ulong)at, bytes[at..end]);
            }
            if (end < bytes.Length)
                RecordZeros(offset + (ulong)end, notesZeros);
            at = end + PageSize;
        }
    }

    private void RecordZeros(ulong offset, bool notes)
    {
        var hasBytes = Recorded.HasBytes(offset);
        if (hasBytes)
            file.Write(place + offset, s_zeros);
        if (hasBytes || notes)
            Recorded.AddZeros(offset);
    }
}
