using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>The computed layouts are those of a C compiler, for random structs with everything that specs can say.</summary>
public class LayoutAgainstGccTests
{
    [Fact]
    public void Sizes_alignments_offsets_and_bits_are_those_of_gcc()
    {
        var computed = StructBatch
            .Structs.Zip(LayoutPropertyTests.Shapes(StructBatch.Structs), static (tree, shape) => Lines(tree, shape))
            .SelectMany(static lines => lines);
        var wrong = StructBatch
            .ByGcc.Zip(computed)
            .Where(static pair => pair.First != pair.Second)
            .Select(static pair =>
                $"gcc: {pair.First}, computed: {pair.Second}, in {StructBatch.Structs.Single(s => s.Name == pair.First.Split('.', ' ')[0]).C}"
            )
            .ToArray();
        Assert.True(wrong.Length == 0, $"Seed {StructBatch.Seed}: {wrong.Length} differences.\n{string.Join('\n', wrong.Take(5))}");
        Assert.Equal(StructBatch.ByGcc.Count, computed.Count());
    }

    [Fact]
    public void Batch_has_every_shape_that_matters()
    {
        var leaves = StructBatch.Structs.SelectMany(static s => s.Leaves).Select(static l => l.Member).ToArray();
        var all = StructBatch.Structs.SelectMany(static s => s.Members).SelectMany(Inner).ToArray();
        Assert.All(
            new Dictionary<string, int>
            {
                ["bit-fields"] = leaves.Count(static m => m.Width > 0),
                ["arrays"] = leaves.Count(static m => m.Bounds.Length > 2),
                ["tables"] = leaves.Count(static m => m.Bounds.Contains("][", StringComparison.Ordinal)),
                ["flexible arrays"] = leaves.Count(static m => m.IsFlexible),
                ["flexible arrays of arrays"] = leaves.Count(static m => m.IsFlexible && m.Bounds.Contains("][", StringComparison.Ordinal)),
                ["arrays of no elements"] = leaves.Count(static m => m.Bounds.StartsWith("[0]", StringComparison.Ordinal)),
                ["signed bit-fields"] = leaves.Count(static m => m.Width > 0 && !m.Type.Contains('u', StringComparison.Ordinal)),
                ["bit-fields of type bool"] = leaves.Count(static m => m.Width > 0 && m.Type == "bool"),
                ["bit-fields shown as bool"] = leaves.Count(static m => m.IsFlag),
                ["bit-fields without a name"] = all.Count(static m => m.IsUnnamed && m.Width > 0),
                ["bit-fields of no bits"] = all.Count(static m => m.IsUnnamed && m.Width == 0),
                ["packed bit-fields"] = leaves.Count(static m => m.IsPacked && m.Width > 0),
                ["packed members"] = leaves.Count(static m => m.IsPacked && m is { Width: 0, Members.Count: 0 }),
                ["packed structs inside"] = all.Count(static m => m.IsPacked && m.Members.Count > 0),
                ["aligned members"] = leaves.Count(static m => m.Align > 0 && m.Members.Count == 0),
                ["aligned structs inside"] = all.Count(static m => m.Align > 0 && m.Members.Count > 0),
                ["packed structs"] = StructBatch.Structs.Count(static s => s.IsPacked),
                ["aligned structs"] = StructBatch.Structs.Count(static s => s.Align > 0),
                ["unions"] = StructBatch.Structs.Count(static s => s.IsUnion),
                ["unions in others"] = leaves.Count(static m => m.Type.StartsWith("union ", StringComparison.Ordinal)),
                ["structs in structs"] = leaves.Count(static m => m.Type.StartsWith("struct ", StringComparison.Ordinal)),
                ["anonymous unions"] = all.Count(static m => m.Members.Count > 0 && m.IsUnion && m.Name.Length == 0),
                ["anonymous structs"] = all.Count(static m => m.Members.Count > 0 && !m.IsUnion && m.Name.Length == 0),
                ["named unions"] = leaves.Count(static m => m.Members.Count > 0 && m.IsUnion),
                ["arrays of nested structs"] = leaves.Count(static m => m.Length > 0),
            },
            static shape => Assert.True(shape.Value >= 10, $"{shape.Value} {shape.Key}")
        );
    }

    private static IEnumerable<TreeMember> Inner(TreeMember member) => [member, .. member.Members.SelectMany(Inner)];

    private static IEnumerable<string> Lines(StructTree tree, StructShape shape)
    {
        var places = Places(shape, "", 0).ToDictionary(static place => place.Path);
        yield return $"{tree.Name} {shape.Size} {shape.Align}";
        foreach (var (path, _) in tree.Leaves)
            yield return $"{tree.Name}.{path} {places[path].Bit} {places[path].Bits}";
    }

    // As in StructTree.Leaves, of an array of nested structs the last stands for all.
    private static IEnumerable<(string Path, int Bit, int Bits)> Places(StructShape shape, string path, int start)
    {
        foreach (var member in shape.Members)
        {
            var at = (start + member.Offset) * 8;
            yield return (path + member.Native, at + (member.Bits?.Low ?? 0), member.Bits?.Width ?? (member.Size * 8));
            if (member.Nested is not { } nested)
                continue;
            var last = member.Bounds.Count == 0 ? 0 : member.Bounds[0] - 1;
            foreach (
                var place in Places(
                    nested,
                    $"{path}{member.Native}{(member.Bounds.Count == 0 ? "" : $"[{last}]")}.",
                    start + member.Offset + (last * nested.Size)
                )
            )
                yield return place;
        }
        foreach (var flexible in shape.Flexible)
            yield return (path + flexible.Native, (start + flexible.Offset) * 8, 0);
    }
}
