using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

/// <summary>
/// Which pages of a memory were put into a snapshot, where they stand there, and their checksums. It costs by the pages and not by the
/// size of the memory.
/// </summary>
/// <param name="start">Where the pages of the memory begin in the snapshot.</param>
/// <param name="isPacked">
/// Whether they stand one after the other, as they come, however far apart they are in the memory. Otherwise they stand as in the memory.
/// </param>
internal sealed class RecordedPages(ulong start, bool isPacked)
{
    private const int PageSize = GuestMemory.PageSize;

    // Of pages that lie far apart each takes a chunk, and those of a difference mostly do.
    private readonly int _pagesInChunk = isPacked ? 8 : 64;
    private readonly SortedDictionary<ulong, Chunk> _chunks = [];
    private (ulong Number, Chunk? Chunk) _last; // Most pages come in their order.
    private uint _places; // That packed pages have.

    /// <summary>What a snapshot has of a page.</summary>
    private enum Kind : byte
    {
        Nothing,
        Bytes,
        Zeros,
    }

    /// <summary>Where the pages of the memory begin in the snapshot.</summary>
    internal ulong Start => start;

    /// <summary>Whether all of the memory has its place in the snapshot, in its order.</summary>
    internal bool IsInOrder => !isPacked;

    /// <summary>Notes a page whose bytes the snapshot has.</summary>
    /// <param name="offset">Where it begins in the memory.</param>
    /// <param name="page">Its bytes.</param>
    /// <returns>Its place in the snapshot, which it keeps.</returns>
    internal ulong Add(ulong offset, ReadOnlySpan<byte> page)
    {
        var (chunk, i) = (ChunkOf(offset), At(offset));
        chunk.Kinds[i] = Kind.Bytes;
        chunk.Sums[i] = Crc32C.Of(page);
        if (chunk.Places is { } places && places[i] == 0)
            places[i] = checked(++_places);
        return PlaceOf(chunk, offset);
    }

    /// <summary>Notes a page that holds zeros, if bytes of it were noted before.</summary>
    /// <param name="offset">Where it begins in the memory.</param>
    /// <param name="always">Whether it is noted in any case.</param>
    /// <returns>The place that has its bytes in the snapshot, which are zeros now too; null if none has.</returns>
    internal ulong? AddZeros(ulong offset, bool always)
    {
        if (!always && !_chunks.ContainsKey(NumberOf(offset)))
            return null;
        var (chunk, i) = (ChunkOf(offset), At(offset));
        ulong? place = chunk.Kinds[i] == Kind.Bytes ? PlaceOf(chunk, offset) : null;
        if (place is not null || always)
            chunk.Kinds[i] = Kind.Zeros;
        return place;
    }

    /// <summary>
    /// The pages that were noted, in the order of the memory: such as follow each other in the snapshot too. The place of those that hold
    /// zeros is null.
    /// </summary>
    internal IEnumerable<(PageRange Pages, ulong? Place)> Runs()
    {
        (PageRange Pages, ulong? Place)? open = null;
        foreach (var (number, chunk) in _chunks)
        {
            for (var i = 0; i < _pagesInChunk; i++)
            {
                if (chunk.Kinds[i] == Kind.Nothing)
                    continue;
                var offset = (number * (ulong)_pagesInChunk + (ulong)i) * PageSize;
                ulong? place = chunk.Kinds[i] == Kind.Bytes ? PlaceOf(chunk, offset) : null;
                if (open is { } run && run.Pages.End == offset && place == (run.Place is { } first ? first + run.Pages.Length : null))
                {
                    open = run with { Pages = run.Pages with { End = offset + PageSize } };
                    continue;
                }
                if (open is { } whole)
                    yield return whole;
                open = (new(offset, offset + PageSize), place);
            }
        }
        if (open is { } last)
            yield return last;
    }

    /// <summary>The pages of which the snapshot has the bytes, in the order of the memory.</summary>
    internal IEnumerable<PageRange> WithBytes() => Runs().Where(static run => run.Place is not null).Select(static run => run.Pages);

    /// <summary>The extents of the memory; of a difference also the pages that hold zeros now.</summary>
    internal IEnumerable<ExtentRecord> Extents(uint memory, bool isDifference) =>
        Runs()
            .Where(run => run.Place is not null || isDifference)
            .Select(run => new ExtentRecord(memory, 0, run.Pages.Start / PageSize, run.Pages.PageCount, run.Place ?? 0));

    /// <summary>The checksums of the pages, in the order of <see cref="Extents"/>.</summary>
    internal IEnumerable<uint> Sums()
    {
        foreach (var chunk in _chunks.Values)
        {
            for (var i = 0; i < _pagesInChunk; i++)
            {
                if (chunk.Kinds[i] == Kind.Bytes)
                    yield return chunk.Sums[i];
            }
        }
    }

    private ulong NumberOf(ulong offset) => offset / PageSize / (ulong)_pagesInChunk;

    private int At(ulong offset) => (int)(offset / PageSize % (ulong)_pagesInChunk);

    private ulong PlaceOf(Chunk chunk, ulong offset) =>
        start + (chunk.Places is { } places ? (places[At(offset)] - 1ul) * PageSize : offset);

    private Chunk ChunkOf(ulong offset)
    {
        var number = NumberOf(offset);
        var chunk = _last.Number == number ? _last.Chunk : null;
        if (chunk is null && !_chunks.TryGetValue(number, out chunk))
            _chunks.Add(number, chunk = new(_pagesInChunk, isPacked));
        _last = (number, chunk);
        return chunk;
    }

    private sealed class Chunk(int pages, bool isPacked)
    {
        internal readonly Kind[] Kinds = new Kind[pages];
        internal readonly uint[] Sums = new uint[pages];

        // From 1, in the order in which the pages came; 0 for one that has none.
        internal readonly uint[]? Places = isPacked ? new uint[pages] : null;
    }
}
