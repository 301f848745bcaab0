using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>A memory whose pages a snapshot has: which ones, and where they stand in it.</summary>
/// <param name="Recorded">The pages.</param>
/// <param name="Place">Where the first page of the memory stands; if the pages are packed, the first that there is.</param>
/// <param name="IsPacked">Whether each page follows the one before, however far apart they are in the memory.</param>
internal sealed record StoredMemory(RecordedPages Recorded, ulong Place, bool IsPacked)
{
    /// <summary>The extents of the memory; of a difference also the pages that hold zeros now.</summary>
    internal IEnumerable<ExtentRecord> Extents(uint index, bool isDifference)
    {
        var next = Place;
        foreach (var (run, hasBytes) in Recorded.Runs())
        {
            if (hasBytes)
                yield return Of(index, run, IsPacked ? next : Place + run.Start);
            else if (isDifference)
                yield return Of(index, run, 0);
            next += hasBytes ? run.Length : 0;
        }
    }

    /// <summary>The checksums of the pages, in the order of <see cref="Extents"/>.</summary>
    internal IEnumerable<uint> Sums()
    {
        foreach (var run in Recorded.WithBytes())
        {
            for (var page = run.Start; page < run.End; page += GuestMemory.PageSize)
                yield return Recorded.SumOf(page);
        }
    }

    private static ExtentRecord Of(uint index, PageRange run, ulong place) =>
        new(index, 0, run.Start / GuestMemory.PageSize, run.PageCount, place);
}
