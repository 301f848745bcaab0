using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Comparison;

/// <summary>A struct of a spec against that of a header.</summary>
/// <remarks>
/// Kernels only add: members come where there was padding, or at the end. So a spec whose struct has more, where the header has padding
/// or nothing, is newer than the header, and not wrong.
/// </remarks>
internal sealed class RecordComparison
{
    private readonly Dictionary<string, Leaf> _spec;
    private readonly List<Leaf> _extra;
    private readonly List<string> _differences = [];

    /// <param name="header">The header's struct.</param>
    /// <param name="spec">The spec's struct.</param>
    public RecordComparison(CRecord header, CRecord spec)
    {
        var leaves = Leaf.Of(header);
        var names = leaves.Select(static leaf => leaf.Path).ToHashSet(StringComparer.Ordinal);
        // Members of one name are a mistake that the compiler tells.
        _spec = Leaf.Of(spec).GroupBy(static leaf => leaf.Path).ToDictionary(static group => group.Key, static group => group.First());
        _extra = [.. _spec.Values.Where(leaf => !names.Contains(leaf.Path) && !leaf.IsContainer)];
        if (header.IsUnion != spec.IsUnion)
            _differences.Add($"it is a {header.Keyword}, and a {spec.Keyword} in the spec");
        foreach (var leaf in leaves)
            Compare(leaf);
        if (header.Size != spec.Size && (_extra.Count == 0 || header.Size > spec.Size) && !HasOtherSizes(leaves))
            _differences.Add($"it has {header.Size} bytes, and {spec.Size} in the spec");
        if (header.Align != spec.Align)
            _differences.Add($"it is aligned to {header.Align}, and to {spec.Align} in the spec");
        IsLarger = spec.Size > header.Size;
    }

    /// <summary>What differs.</summary>
    public IReadOnlyList<string> Differences => _differences;

    /// <summary>Members that the header has and the spec has not.</summary>
    public List<Leaf> Missing { get; } = [];

    /// <summary>Members that only the spec has.</summary>
    public IReadOnlyList<Leaf> Newer => _extra;

    /// <summary>Whether the spec's struct is larger.</summary>
    public bool IsLarger { get; }

    private void Compare(Leaf leaf)
    {
        // Members of the other parts of a union do not take its place.
        var container = leaf.Path[..(leaf.Path.LastIndexOf('.') + 1)];
        var hasNewer =
            !leaf.IsInUnion && _extra.Exists(extra => extra.Path.StartsWith(container, StringComparison.Ordinal) && extra.Meets(leaf));
        if (!_spec.TryGetValue(leaf.Path, out var found))
        {
            if (leaf.IsPadding && hasNewer)
                return;
            Missing.Add(leaf);
            _differences.Add($"'{leaf.Path}' at {Place(leaf)} is missing");
            return;
        }
        if (leaf.IsPadding && (hasNewer || _extra.Exists(found.Meets)))
            return;
        if (leaf.Offset != found.Offset)
            _differences.Add($"'{leaf.Path}' is at {Place(leaf)}, and at {Place(found)} in the spec");
        if (leaf.Type != found.Type || leaf.IsBitField != found.IsBitField)
            _differences.Add($"'{leaf.Path}' is {Describe(leaf)}, and {Describe(found)} in the spec");
        else if (leaf.Bits != found.Bits && !IsOfAnotherSize(leaf, found))
            _differences.Add($"'{leaf.Path}' has {Size(leaf)}, and {Size(found)} in the spec");
    }

    // A struct inside may be newer too: what differs is told there.
    private bool HasOtherSizes(IReadOnlyList<Leaf> leaves) =>
        leaves.Any(leaf => _spec.TryGetValue(leaf.Path, out var found) && leaf.Bits != found.Bits && IsOfAnotherSize(leaf, found));

    private bool IsOfAnotherSize(Leaf leaf, Leaf found) =>
        leaf.IsContainer
            ? found.Bits > leaf.Bits && _extra.Exists(extra => extra.Path.StartsWith(leaf.Path, StringComparison.Ordinal))
            : leaf.Type.StartsWith("struct ", StringComparison.Ordinal) || leaf.Type.StartsWith("union ", StringComparison.Ordinal);

    private static string Place(Leaf leaf) => leaf.IsBitField ? $"bit {leaf.Offset}" : $"byte {leaf.Offset / 8}";

    private static string Size(Leaf leaf) => leaf.IsBitField ? $"{leaf.Bits} bits" : $"{leaf.Bits / 8} bytes";

    private static string Describe(Leaf leaf) => leaf.IsBitField ? $"a bit-field of {leaf.Type}" : leaf.Type;
}
