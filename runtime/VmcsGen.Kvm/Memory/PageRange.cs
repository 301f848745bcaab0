using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>Pages of a memory that follow each other.</summary>
/// <param name="Start">Where the first begins, in bytes from the start of the memory.</param>
/// <param name="End">Where the last ends.</param>
internal readonly record struct PageRange(ulong Start, ulong End)
{
    internal ulong Length => End - Start;

    internal ulong PageCount => Length / GuestMemory.PageSize;

    /// <summary>Ranges in ascending order, of which those that touch or overlap are made one.</summary>
    internal static IEnumerable<PageRange> Join(IEnumerable<PageRange> ranges)
    {
        PageRange? open = null;
        foreach (var range in ranges)
        {
            if (open is { } before && range.Start <= before.End)
            {
                open = before with { End = Math.Max(before.End, range.End) };
                continue;
            }
            if (open is { } whole)
                yield return whole;
            open = range;
        }
        if (open is { } last)
            yield return last;
    }
}
