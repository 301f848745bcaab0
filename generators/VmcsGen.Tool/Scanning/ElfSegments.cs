using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace VmcsGen.Tool.Scanning;

/// <summary>Where pages begin in an image.</summary>
internal static class ElfSegments
{
    private const int PageSize = 4096;
    private const int HeaderSize = 64;
    private const int LeastEntry = 56;
    private const uint Load = 1;

    // Tools that write cores keep few distances to page boundaries; a damaged header must not cost more than that.
    private const int MostPhases = 8;

    /// <summary>
    /// The distances from multiples of a page at which pages begin: 0 in any image, and in an ELF64 core those of its segments too
    /// (System V ABI, program header).
    /// </summary>
    /// <param name="head">The image's beginning.</param>
    public static IReadOnlyList<int> PagePhases(ReadOnlySpan<byte> head)
    {
        var phases = new List<int> { 0 };
        // Class 2: 64 bits; data 1: little-endian.
        if (head.Length < HeaderSize || !head.StartsWith("\u007fELF\u0002\u0001"u8))
            return phases;
        var table = BinaryPrimitives.ReadUInt64LittleEndian(head[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(head[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(head[56..]);
        for (var i = 0; i < count && size >= LeastEntry && phases.Count < MostPhases; i++)
        {
            var at = table + ((ulong)i * size);
            if (at < table || at > (ulong)(head.Length - LeastEntry))
                break;
            var entry = head[(int)at..];
            var phase = (int)(BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]) % PageSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) == Load && !phases.Contains(phase))
                phases.Add(phase);
        }
        return phases;
    }
}
