using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Site.Diagrams;

/// <summary>Memory cut into rows of equal length. Rows that one block fills together are one.</summary>
/// <param name="Start">The offset of the row's first byte.</param>
/// <param name="Rows">How many rows it stands for.</param>
/// <param name="Parts">What lies in it, without gaps.</param>
internal sealed record LayoutRow(int Start, int Rows, IReadOnlyList<LayoutBlock> Parts)
{
    /// <summary>Cuts blocks, and what lies between them, into rows.</summary>
    public static IEnumerable<LayoutRow> Cut(IEnumerable<LayoutBlock> blocks, int size, int bytes)
    {
        var all = WithGaps(Disjoint(blocks), size).ToArray();
        for (var start = 0; start < size; )
        {
            var end = Math.Min(start + bytes, size);
            var parts = all.Where(block => block.Offset < end && block.End > start).ToArray();
            var rows = parts is [var only] && only.End >= end ? Math.Max(1, (only.End - start) / bytes) : 1;
            yield return new(start, rows, parts);
            start += rows * bytes;
        }
    }

    // Blocks that share bytes, as members of a union do, become one.
    private static List<LayoutBlock> Disjoint(IEnumerable<LayoutBlock> blocks)
    {
        var apart = new List<LayoutBlock>();
        foreach (
            var block in blocks
                .Where(static block => block.Size != 0)
                .OrderBy(static block => block.Offset)
                .ThenByDescending(static block => block.Size)
        )
        {
            if (apart.Count != 0 && apart[^1] is { } last && last.End > block.Offset)
            {
                var end = Math.Max(last.End, block.End);
                apart[^1] = new(
                    last.Offset,
                    end - last.Offset,
                    block.Name.Length == 0 ? last.Name : $"{last.Name} | {block.Name}",
                    last.Address
                );
            }
            else
            {
                apart.Add(block);
            }
        }
        return apart;
    }

    private static IEnumerable<LayoutBlock> WithGaps(List<LayoutBlock> blocks, int size)
    {
        var done = 0;
        foreach (var block in blocks.Append(new(size, 0, "", null)))
        {
            if (block.Offset > done)
                yield return new(done, block.Offset - done, "", null);
            if (block.Size != 0)
                yield return block;
            done = block.End;
        }
    }
}
