using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>The contents of a <see cref="GuestMemory"/> at one moment. Pages of zeros take no room.</summary>
public sealed class MemoryState
{
    /// <summary>Number of pages that are kept, and written to a file, in one piece at most.</summary>
    internal const int MostPagesInPiece = 256;

    private const int PageSize = GuestMemory.PageSize;

    private readonly List<Piece> _pieces = [];

    internal MemoryState(ulong size) => Size = size;

    /// <summary>Size of the memory in bytes.</summary>
    public ulong Size { get; }

    /// <summary>Number of pages of 4 KiB that are kept, since they do not hold just zeros.</summary>
    public ulong KeptPages
    {
        get
        {
            ulong pages = 0;
            foreach (var piece in _pieces)
                pages += (ulong)(piece.Bytes.Length / PageSize);
            return pages;
        }
    }

    /// <summary>The kept pages in ascending order; pieces do not overlap.</summary>
    internal IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>Copies bytes out of the memory as it was.</summary>
    /// <param name="offset">Where they begin, in bytes from the start of the memory.</param>
    /// <param name="destination">Receives them; its length says how many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie within the memory.</exception>
    public void Read(ulong offset, Span<byte> destination)
    {
        if ((ulong)destination.Length > Size || offset > Size - (ulong)destination.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset),
                offset,
                $"{destination.Length} bytes at offset 0x{offset:X} do not lie within memory of 0x{Size:X} bytes."
            );
        }
        destination.Clear();
        var end = offset + (ulong)destination.Length;
        foreach (var piece in _pieces)
        {
            var from = Math.Max(offset, piece.Offset);
            var to = Math.Min(end, piece.Offset + (ulong)piece.Bytes.Length);
            if (from < to)
                piece.Bytes.AsSpan((int)(from - piece.Offset), (int)(to - from)).CopyTo(destination[(int)(from - offset)..]);
        }
    }

    internal static MemoryState Of(GuestMemory memory)
    {
        var state = new MemoryState(memory.Size);
        var buffer = new byte[MostPagesInPiece * PageSize];
        foreach (var (start, end) in TouchedPages.Of(memory))
        {
            for (var offset = start; offset < end; offset += (ulong)buffer.Length)
            {
                var bytes = buffer.AsSpan(0, (int)Math.Min((ulong)buffer.Length, end - offset));
                memory.ReadMapped(offset, bytes);
                state.AddNonZero(offset, bytes);
            }
        }
        return state;
    }

    /// <summary>Adds pages behind those that are there. The caller checks what comes from a file.</summary>
    internal void Add(ulong offset, byte[] bytes) => _pieces.Add(new(offset, bytes));

    /// <summary>Makes memory of the same size hold these contents. Pages that hold zeros already are not touched.</summary>
    internal void CopyTo(GuestMemory memory)
    {
        var next = 0; // The first piece that is not in front of the page.
        foreach (var (start, end) in TouchedPages.Of(memory))
        {
            for (var offset = start; offset < end; offset += PageSize)
            {
                while (next < _pieces.Count && _pieces[next].End <= offset)
                    next++;
                if (next == _pieces.Count || offset < _pieces[next].Offset)
                    Zero(memory, offset);
            }
        }
        CopyToFresh(memory);
    }

    /// <summary>The same for memory that was just allocated, and so holds zeros everywhere.</summary>
    internal void CopyToFresh(GuestMemory memory)
    {
        foreach (var piece in _pieces)
            memory.WriteMapped(piece.Offset, piece.Bytes);
    }

    private static void Zero(GuestMemory memory, ulong offset)
    {
        Span<byte> page = stackalloc byte[PageSize];
        memory.ReadMapped(offset, page);
        if (IsZero(page))
            return;
        page.Clear();
        memory.WriteMapped(offset, page);
    }

    private static bool IsZero(ReadOnlySpan<byte> page) => page.IndexOfAnyExcept((byte)0) < 0;

    private void AddNonZero(ulong offset, ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            var end = at;
            while (end < bytes.Length && !IsZero(bytes.Slice(end, PageSize)))
                end += PageSize;
            if (end > at)
                Add(offset + (ulong)at, bytes[at..end].ToArray());
            at = end + PageSize; // The page at the end holds zeros.
        }
    }

    /// <summary>Pages that follow each other.</summary>
    internal readonly record struct Piece(ulong Offset, byte[] Bytes)
    {
        internal ulong End => Offset + (ulong)Bytes.Length;
    }
}
