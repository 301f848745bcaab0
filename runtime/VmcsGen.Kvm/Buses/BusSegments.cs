using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>
/// Who answers where: parts of ranges that do not overlap, by address, with their first addresses side by side for the search. It
/// never changes: a bus replaces it as a whole, so that readers need no lock.
/// </summary>
internal sealed class BusSegments
{
    internal static readonly BusSegments Empty = new([]);

    private readonly Segment[] _segments;
    private readonly ulong[] _firsts;

    private BusSegments(Segment[] segments)
    {
        _segments = segments;
        _firsts = Array.ConvertAll(segments, static segment => segment.First);
    }

    /// <summary>Lays ranges over one another: those of lower priority are seen where no other is.</summary>
    internal static BusSegments Of(IEnumerable<BusRange> ranges)
    {
        List<BusRange> byPriority = [.. ranges];
        byPriority.Sort(
            static (one, other) =>
                one.Priority != other.Priority ? one.Priority.CompareTo(other.Priority) : one.First.CompareTo(other.First)
        );
        List<Segment> segments = [];
        foreach (BusRange range in byPriority)
            Lay(segments, range);
        return new([.. segments]);
    }

    /// <summary>The same with a range more, which overlaps no other.</summary>
    internal BusSegments With(BusRange range)
    {
        int index = IndexAfter(range.First);
        return new([.. _segments[..index], new(range.First, range.Last, range), .. _segments[index..]]);
    }

    /// <summary>Finds the range that answers at an address, or null, and the last address with the same answer.</summary>
    internal BusRange? Find(ulong address, out ulong last)
    {
        int index = IndexAfter(address);
        if (index > 0 && _segments[index - 1].Last >= address)
        {
            last = _segments[index - 1].Last;
            return _segments[index - 1].Range;
        }
        last = index < _segments.Length ? _firsts[index] - 1 : ulong.MaxValue;
        return null;
    }

    /// <summary>Index of the first segment that begins after an address.</summary>
    private int IndexAfter(ulong address)
    {
        int index = _firsts.AsSpan().BinarySearch(address);
        return index >= 0 ? index + 1 : ~index;
    }

    private static void Lay(List<Segment> segments, BusRange range)
    {
        int at = segments.FindIndex(segment => segment.Last >= range.First);
        if (at < 0)
            at = segments.Count;
        while (at < segments.Count && segments[at].First <= range.Last)
        {
            Segment below = segments[at];
            segments.RemoveAt(at);
            if (below.First < range.First)
                segments.Insert(at++, below with { Last = range.First - 1 });
            if (below.Last > range.Last)
                segments.Insert(at, below with { First = range.Last + 1 });
        }
        segments.Insert(at, new(range.First, range.Last, range));
    }

    private readonly record struct Segment(ulong First, ulong Last, BusRange Range);
}
