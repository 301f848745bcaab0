using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

/// <summary>
/// Which pages of a memory were put into a snapshot, and their checksums. It costs by the pages and not by the size of the memory.
/// </summary>
internal sealed class RecordedPages
{
    private const int PageSize = GuestMemory.PageSize;
    private const int PagesInChunk = 64; // Of pages that lie far apart each takes a chunk.

    private readonly SortedDictionary<ulong, Chunk> _chunks = [];
    private (ulong Number, Chunk? Chunk) _last; // Most pages come in their order.

    /// <summary>What a snapshot has of a page.</summary>
    private enum Kind : byte
    {
        Nothing,
        Bytes,
        Zeros,
    }

    /// <summary>Notes pages whose bytes the snapshot has.</summary>
    /// <param name="offset">Where they begin in the memory.</param>
    /// <param name="pages">Their bytes.</param>
    internal void Add(ulong offset, ReadOnlySpan<byte> pages)
    {
        for (var at = 0; at < pages.Length; at += PageSize)
            Set(offset + (ulong)at, Kind.Bytes, Crc32C.Of(pages.Slice(at, PageSize)));
    }

    /// <summary>Notes a page that holds zeros.</summary>
    internal void AddZeros(ulong offset) => Set(offset, Kind.Zeros, 0);

    /// <summary>Whether the snapshot has the bytes of a page.</summary>
    internal bool HasBytes(ulong offset) =>
        _chunks.TryGetValue(offset / PageSize / PagesInChunk, out var chunk) && chunk.Kinds[At(offset)] == Kind.Bytes;

    /// <summary>The pages that were noted, in the order of the memory, and whether the snapshot has their bytes.</summary>
    internal IEnumerable<(PageRange Pages, bool HasBytes)> Runs()
    {
        PageRange open = default;
        var kind = Kind.Nothing;
        foreach (var (number, chunk) in _chunks)
        {
            for (var i = 0; i < PagesInChunk; i++)
            {
                var start = (number * PagesInChunk + (ulong)i) * PageSize;
                if (chunk.Kinds[i] == kind && open.End == start)
                {
                    open = open with { End = start + PageSize };
                    continue;
                }
                if (kind != Kind.Nothing)
                    yield return (open, kind == Kind.Bytes);
                (open, kind) = (new(start, start + PageSize), chunk.Kinds[i]);
            }
        }
        if (kind != Kind.Nothing)
            yield return (open, kind == Kind.Bytes);
    }

    /// <summary>The pages of which the snapshot has the bytes, in the order of the memory.</summary>
    internal IEnumerable<PageRange> WithBytes() => Runs().Where(static run => run.HasBytes).Select(static run => run.Pages);

    /// <summary>The checksum of a page whose bytes the snapshot has.</summary>
    internal uint SumOf(ulong offset) => _chunks[offset / PageSize / PagesInChunk].Sums[At(offset)];

    private static int At(ulong offset) => (int)(offset / PageSize % PagesInChunk);

    private void Set(ulong offset, Kind kind, uint sum)
    {
        var number = offset / PageSize / PagesInChunk;
        var chunk = _last.Number == number ? _last.Chunk : null;
        if (chunk is null && !_chunks.TryGetValue(number, out chunk))
            _chunks.Add(number, chunk = new());
        _last = (number, chunk);
        chunk.Kinds[At(offset)] = kind;
        chunk.Sums[At(offset)] = sum;
    }

    private sealed class Chunk
    {
        internal readonly Kind[] Kinds = new Kind[PagesInChunk];
        internal readonly uint[] Sums = new uint[PagesInChunk];
    }
}
