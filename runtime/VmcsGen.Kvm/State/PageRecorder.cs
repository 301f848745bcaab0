using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

/// <summary>
/// Puts the pages of a memory that hold something into a file, straight from the memory.
/// </summary>
/// <param name="memory">The memory.</param>
/// <param name="file">The file.</param>
/// <param name="recorded">Gives the pages their places in the file, and notes them.</param>
internal sealed class PageRecorder(GuestMemory memory, PageFile file, RecordedPages recorded)
{
    private const int PageSize = GuestMemory.PageSize;

    // Asked before the guest stands still.
    private readonly bool _areSupplied = TouchedPages.AreSupplied(memory);

    private static readonly byte[] s_zeros = new byte[PageSize];

    /// <summary>The memory.</summary>
    internal GuestMemory Memory => memory;

    /// <summary>What was recorded so far.</summary>
    internal RecordedPages Recorded => recorded;

    /// <summary>What the memory held at the moment to which the differences are recorded; null if all is recorded.</summary>
    internal SavedPages? Earlier { get; set; }

    /// <summary>Records all that is in the memory.</summary>
    internal void RecordAll() => Record(TouchedPages.Of(memory, _areSupplied));

    /// <summary>Records pages, in the place of what was recorded of them before.</summary>
    /// <param name="ranges">The pages.</param>
    internal void Record(IEnumerable<PageRange> ranges)
    {
        using var batch = new PageBatch(memory, file);
        foreach (var (start, end) in ranges)
        {
            for (var offset = start; offset < end; offset += SavedPages.MostBytesAtOnce)
            {
                using var part = new GuestMemory.MappedSpan(memory, offset, (int)Math.Min(SavedPages.MostBytesAtOnce, end - offset));
                Record(offset, part.Bytes, batch);
            }
        }
        batch.Flush();
    }

    /// <summary>The contents of the memory, of which what was recorded is all or the part that changed.</summary>
    internal SavedPages ToPages()
    {
        var extents = recorded
            .Runs()
            .Select(run => run.Place is { } place ? new(run.Pages, file, place) : new PageExtent(run.Pages, null, 0));
        SavedPages pages = new(memory.Size, extents, recorded.IsInOrder ? (file, recorded.Start) : null);
        return Earlier is null ? pages : pages.Over(Earlier);
    }

    private void Record(ulong offset, ReadOnlySpan<byte> bytes, PageBatch batch)
    {
        for (var at = 0; at < bytes.Length; at += PageSize)
        {
            var place = offset + (ulong)at;
            var page = bytes.Slice(at, PageSize);
            if (page.ContainsAnyExcept((byte)0))
                batch.Add(place, recorded.Add(place, page));
            else if (recorded.AddZeros(place, Earlier?.Has(place) == true) is { } stale)
                file.Write(stale, s_zeros);
        }
    }
}
