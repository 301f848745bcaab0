using System;
using System.Collections.Generic;
using ZstdSharp;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>Where the pages of one processor are in a trace file.</summary>
/// <param name="Cpu">The processor.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Size">How many bytes, as they are in the file.</param>
/// <param name="PageSize">The size of a page, in bytes.</param>
/// <param name="IsCompressed">Whether the pages are compressed, some at a time.</param>
internal sealed record TraceCpu(uint Cpu, ulong Offset, ulong Size, int PageSize, bool IsCompressed)
{
    // trace-cmd puts some pages into a chunk; more than these is no file of it.
    private const uint LongestChunk = 64 << 20;

    /// <summary>Reads the pages, one at a time; each is valid until the next.</summary>
    /// <param name="file">The file. Others may move it between two pages.</param>
    /// <exception cref="InputException">The file is damaged.</exception>
    public IEnumerable<(ulong Place, ReadOnlyMemory<byte> Page)> Pages(TraceBytes file) => IsCompressed ? Chunks(file) : Plain(file);

    private IEnumerable<(ulong Place, ReadOnlyMemory<byte> Page)> Plain(TraceBytes file)
    {
        for (var at = 0ul; at < Size; at += (ulong)PageSize)
        {
            file.Position = checked((long)(Offset + at));
            yield return (Offset + at, file.Block(Math.Min((ulong)PageSize, Size - at)));
        }
    }

    private IEnumerable<(ulong Place, ReadOnlyMemory<byte> Page)> Chunks(TraceBytes file)
    {
        if (Size == 0)
            yield break;
        file.Position = checked((long)Offset);
        var count = file.UInt32();
        var next = file.Position;
        for (; count > 0; count--)
        {
            file.Position = next;
            var chunk = Decompress(file, LongestChunk);
            var place = (ulong)next;
            next = file.Position;
            for (var at = 0; at < chunk.Length; at += PageSize)
                yield return (place, chunk.AsMemory(at, Math.Min(PageSize, chunk.Length - at)));
        }
    }

    /// <summary>Reads what was compressed at once: two sizes and the bytes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="longest">How many bytes it may be at most.</param>
    /// <exception cref="InputException">The file is damaged.</exception>
    public static byte[] Decompress(TraceBytes file, uint longest)
    {
        var start = file.Position;
        var (packed, size) = (file.UInt32(), file.UInt32());
        if (size > longest)
            throw file.Error(start, $"a compressed part says that it has {size} bytes; {longest} are the most");
        var bytes = file.Block(packed);
        var result = new byte[size];
        try
        {
            using var decompressor = new Decompressor();
            if (decompressor.Unwrap(bytes, result) != result.Length)
                throw file.Error(start, $"a compressed part has not the {size} bytes that it says");
            return result;
        }
        catch (ZstdException e)
        {
            throw file.Error(start, $"a part cannot be decompressed: {e.Message}");
        }
    }
}
