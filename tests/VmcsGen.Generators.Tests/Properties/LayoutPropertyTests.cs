using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using CsCheck;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>What holds of the layout of any C struct.</summary>
public class LayoutPropertyTests
{
    private static readonly Gen<IReadOnlyList<StructTree>> Batch = StructTree.Batch(4);

    [Fact]
    public void Size_is_a_multiple_of_the_alignment() => Sample(static shape => Assert.Equal(0, shape.Size % shape.Align));

    [Fact]
    public void Alignment_is_a_power_of_two_up_to_16() => Sample(static shape => Assert.True(shape.Align is 1 or 2 or 4 or 8 or 16));

    [Fact]
    public void Members_lie_inside_of_their_struct() =>
        Sample(static shape => Assert.All(shape.Members, m => Assert.InRange(m.Offset, 0, shape.Size - m.Size)));

    [Fact]
    public void Members_of_a_sequential_struct_follow_each_other_without_a_gap_that_alignment_does_not_make()
    {
        var sequential = 0;
        Sample(shape =>
        {
            if (!shape.IsExplicit)
            {
                AssertFollowing(shape);
                Interlocked.Increment(ref sequential);
            }
        });
        Assert.NotEqual(0, sequential);
    }

    private static void AssertFollowing(StructShape shape)
    {
        var end = 0;
        foreach (var member in shape.Members)
        {
            Assert.InRange(member.Offset, end, end + 15);
            end = member.Offset + member.Size;
        }
        Assert.InRange(shape.Size, end, end + 15);
    }

    [Fact]
    public void Bit_fields_lie_in_the_bytes_in_which_they_are_accessed() =>
        Sample(static shape =>
            Assert.All(
                shape.Members.Where(static m => m.Bits is not null),
                static m =>
                {
                    Assert.InRange(m.Bits!.Low + m.Bits.Width, 1, m.Size * 8);
                    Assert.InRange(m.Size, 1, 9);
                }
            )
        );

    [Fact]
    public void Members_overlap_only_in_unions() =>
        Batch.Sample(static batch =>
        {
            var shapes = Shapes(batch);
            foreach (var (tree, shape) in batch.Zip(shapes))
            {
                if (tree.IsUnion || HasUnion(tree.Members))
                    continue;
                var bits = shape
                    .Members.SelectMany(static m => Enumerable.Range((m.Offset * 8) + (m.Bits?.Low ?? 0), m.Bits?.Width ?? (m.Size * 8)))
                    .ToArray();
                Assert.Distinct(bits);
            }
        });

    private static void Sample(Action<StructShape> check) =>
        Batch.Sample(batch => Assert.All(Shapes(batch), shape => CheckAll(shape, check)));

    private static void CheckAll(StructShape shape, Action<StructShape> check)
    {
        check(shape);
        foreach (var member in shape.Members)
        {
            if (member.Nested is { } nested)
                CheckAll(nested, check);
        }
    }

    private static bool HasUnion(IEnumerable<TreeMember> members) =>
        members.Any(static m => m.Name.Length == 0 && (m.IsUnion || HasUnion(m.Members)));

    /// <summary>The shapes of structs, laid out in their order.</summary>
    internal static IReadOnlyList<StructShape> Shapes(IReadOnlyList<StructTree> batch)
    {
        var read = SpecReader.Read("a.yaml", "kind: kvm-structs\nstructs:\n" + string.Concat(batch.Select(static s => s.Yaml(0))));
        Assert.Empty(read.Errors);
        var shapes = new Dictionary<string, StructShape>();
        var errors = new ErrorList();
        var layout = new CLayout(new KnownShapes(shapes), errors, Architecture.X64);
        foreach (var item in read.File!.Items.Cast<StructItem>())
        {
            var shape = layout.Compute(item);
            Assert.Empty(errors);
            shapes.Add(item.Name.Value, shape!);
        }
        return [.. shapes.Values];
    }

    private sealed class KnownShapes(Dictionary<string, StructShape> shapes) : ICTypeNames
    {
        public CStructInfo? FindStruct(Spot<string> tag, bool isUnion) =>
            shapes.TryGetValue(tag.Value, out var known) && known.IsUnion == isUnion
                ? new(known.CSharpName, known.Size, known.Align)
                : null;

        public (string CSharp, int Bits)? FindEnum(Spot<string> name) => null;

        public bool IsOfOtherMachine(string name) => false;

        public bool IsStruct(string name) => shapes.ContainsKey(name);

        public int? Bound(Spot<string> type, CBound bound) => int.Parse(bound.Text, CultureInfo.InvariantCulture);
    }
}
