using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

/// <summary>
/// The contents of a memory at one moment, as places in files. Pages that no extent has hold zeros. Once it is made it never changes.
/// </summary>
internal sealed class SavedPages
{
    /// <summary>As much as is copied at once.</summary>
    internal const int MostBytesAtOnce = 0x4_0000;

    // Less than this is copied sooner than it is mapped, and a process can have 65,530 mappings.
    private const ulong LeastBytesToMap = 0x1_0000;
    private const int MostMappings = 1024;

    private readonly PageExtent[] _extents;

    /// <param name="size">Size of the memory in bytes.</param>
    /// <param name="extents">In the order of the memory; they do not overlap.</param>
    /// <param name="whole">A place in a file where all of the memory lies in its order, zeros included; null if there is none.</param>
    internal SavedPages(ulong size, IEnumerable<PageExtent> extents, (PageFile File, ulong Offset)? whole = null)
    {
        Size = size;
        _extents = [.. extents];
        Whole = whole;
    }

    internal ulong Size { get; }

    /// <summary>Whether the pages are somewhere else, and nothing is known of them.</summary>
    internal bool IsAway { get; private init; }

    internal ReadOnlySpan<PageExtent> Extents => _extents;

    internal (PageFile File, ulong Offset)? Whole { get; }

    /// <summary>Number of pages that files have.</summary>
    internal ulong KeptPages
    {
        get
        {
            ulong pages = 0;
            foreach (var extent in _extents)
                pages += extent.File is null ? 0 : extent.Pages.PageCount;
            return pages;
        }
    }

    /// <summary>Contents that are somewhere else.</summary>
    internal static SavedPages Away(ulong size) => new(size, []) { IsAway = true };

    /// <summary>The contents that a later state has, of which these are the pages that changed.</summary>
    internal SavedPages Over(SavedPages earlier)
    {
        earlier.RequireHere();
        List<PageExtent> merged = [.. _extents];
        var next = 0; // The first of mine that does not end before the place that is looked at.
        foreach (var extent in earlier._extents)
        {
            var at = extent.Pages.Start;
            while (next < _extents.Length && _extents[next].Pages.End <= at)
                next++;
            for (var over = next; over < _extents.Length && _extents[over].Pages.Start < extent.Pages.End; over++)
            {
                if (at < _extents[over].Pages.Start)
                    merged.Add(extent.Part(new(at, _extents[over].Pages.Start)));
                at = _extents[over].Pages.End;
            }
            if (at < extent.Pages.End)
                merged.Add(extent.Part(new(at, extent.Pages.End)));
        }
        merged.Sort(static (left, right) => left.Pages.Start.CompareTo(right.Pages.Start));
        return new(Size, merged, earlier.Whole);
    }

    /// <summary>Copies bytes out.</summary>
    /// <param name="offset">Where they begin; the caller has looked that they lie within.</param>
    /// <param name="destination">Receives them.</param>
    internal void Read(ulong offset, Span<byte> destination)
    {
        RequireHere();
        destination.Clear();
        var end = offset + (ulong)destination.Length;
        for (var i = FirstThatEndsAfter(offset); i < _extents.Length && _extents[i].Pages.Start < end; i++)
        {
            var (pages, file, place) = _extents[i];
            var from = Math.Max(offset, pages.Start);
            var to = Math.Min(end, pages.End);
            file?.Read(place + (from - pages.Start), destination[(int)(from - offset)..(int)(to - offset)]);
        }
    }

    /// <summary>Memory of its own that holds these contents. What lies in a file in its order is mapped and not read.</summary>
    /// <exception cref="KvmException">The host has no address space for it.</exception>
    internal GuestMemory ToMemory()
    {
        RequireHere();
        var memory = Whole is { } whole ? GuestMemory.MapSaved(this, whole.File, whole.Offset) : GuestMemory.AllocateSaved(this);
        try
        {
            var mapped = 0;
            foreach (var extent in _extents)
            {
                if (Whole is { } place && extent.File == place.File && extent.FileOffset == place.Offset + extent.Pages.Start)
                    continue;
                if (extent.Pages.Length < LeastBytesToMap || mapped == MostMappings)
                {
                    Copy(extent, memory);
                    continue;
                }
                memory.Replace(extent);
                mapped++;
            }
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Makes memory of the same size hold these contents. Pages that hold zeros already are not touched.</summary>
    internal void CopyTo(GuestMemory memory)
    {
        RequireHere();
        foreach (var (start, end) in TouchedPages.Of(memory))
        {
            for (var offset = start; offset < end; offset += GuestMemory.PageSize)
            {
                if (!Has(offset))
                    memory.ZeroMapped(offset, GuestMemory.PageSize);
            }
        }
        foreach (var extent in _extents)
            Copy(extent, memory);
    }

    /// <summary>Whether a page lies in an extent.</summary>
    internal bool Has(ulong offset)
    {
        var at = FirstThatEndsAfter(offset);
        return at < _extents.Length && _extents[at].Pages.Start <= offset;
    }

    /// <summary>The ranges of the extents, and those that others add, in ascending order and without overlaps.</summary>
    internal IEnumerable<PageRange> With(IEnumerable<PageRange> others) =>
        PageRange.Join(others.Concat(_extents.Select(static extent => extent.Pages)).OrderBy(static range => range.Start));

    /// <summary>The parts of ranges that no extent has.</summary>
    internal IEnumerable<PageRange> Without(IEnumerable<PageRange> ranges)
    {
        foreach (var (start, end) in ranges)
        {
            var at = start;
            for (var i = FirstThatEndsAfter(at); i < _extents.Length && _extents[i].Pages.Start < end; i++)
            {
                if (at < _extents[i].Pages.Start)
                    yield return new(at, _extents[i].Pages.Start);
                at = _extents[i].Pages.End;
            }
            if (at < end)
                yield return new(at, end);
        }
    }

    private void RequireHere()
    {
        if (IsAway)
        {
            throw new InvalidOperationException(
                $"The state was saved without the contents of its memory of 0x{Size:X} bytes. Restore it with the source of its pages."
            );
        }
    }

    private static void Copy(PageExtent extent, GuestMemory memory)
    {
        if (extent.File is null)
            memory.ZeroMapped(extent.Pages.Start, extent.Pages.Length);
        else
            memory.FillMapped(extent);
    }

    private int FirstThatEndsAfter(ulong offset)
    {
        var (low, high) = (0, _extents.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_extents[middle].Pages.End <= offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
