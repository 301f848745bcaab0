using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>
/// Puts members that are missing beside what a spec has in their place: a newer kernel made a union of the two, and the spec is that of
/// the newer kernel.
/// </summary>
internal static class UnionMerge
{
    /// <summary>The texts that come of it.</summary>
    /// <param name="text">The spec's text.</param>
    /// <param name="header">The header's struct.</param>
    /// <param name="item">The spec's struct.</param>
    /// <param name="layout">The layout of the spec's struct; null when it has none.</param>
    public static IEnumerable<string> Candidates(string text, CRecord header, SpecStruct item, CRecord? layout)
    {
        if (layout is null)
            yield break;
        var edits = new List<TextEdit>();
        foreach (var missing in new RecordComparison(header, layout).Missing)
        {
            var prefix = missing.Path[..(missing.Path.LastIndexOf('.') + 1)];
            var there = Leaf.Of(layout)
                .FirstOrDefault(leaf => leaf.Offset == missing.Offset && leaf.Path[..(leaf.Path.LastIndexOf('.') + 1)] == prefix);
            if (
                there is null
                || Find(header.Members, missing.Path) is not { } member
                || Find(item.MemberList, there.Path) is not var (list, node)
            )
                continue;
            if (!ListEditing.CanGrow(list.List))
                continue;
            var indent = ListEditing.IndentOf(text, list.List);
            if (list.IsUnion)
                edits.Add(ListEditing.Insert(text, list.List, list.List.Items[^1], RecordText.Member(member, indent)));
            else
                edits.Add(Wrap(text, node.Node, indent, RecordText.Member(member, indent + 4)));
        }
        if (edits.Count > 0)
            yield return TextEdit.Apply(text, edits);
    }

    // The member that is there, and the missing one, as a union without a name.
    private static TextEdit Wrap(string text, YamlNode node, int indent, IEnumerable<string> added)
    {
        var start = text.LastIndexOf('\n', node.Start) + 1;
        var end = text.IndexOf('\n', node.End) is var found and >= 0 ? found : text.Length;
        var old = text[start..end].Split('\n').Select(static line => line.Length == 0 ? line : "    " + line);
        return new(start, end, string.Join('\n', [$"{new string(' ', indent)}- union:", .. old, .. added]));
    }

    private static CMember? Find(IEnumerable<CMember> members, string path)
    {
        foreach (var member in members)
        {
            if (member.IsAnonymous)
            {
                if (Find(member.Nested!.Members, path) is { } inner)
                    return inner;
            }
            else if (member.Name == path)
                return member;
            else if (member.Nested is { } nested && Below(path, member.Name) is { } rest && Find(nested.Members, rest) is { } deeper)
                return deeper;
        }
        return null;
    }

    private static ((YamlList List, bool IsUnion) List, SpecMember Member)? Find(YamlList? list, string path, bool isUnion = false)
    {
        foreach (var member in SpecMember.Of(list))
        {
            if (member.Name == path)
                return ((list!, isUnion), member);
            var rest = member.Name.Length == 0 ? path : Below(path, member.Name);
            if (member.IsNested && rest is not null && Find(member.MemberList, rest, member.IsUnion) is { } found)
                return found;
        }
        return null;
    }

    private static string? Below(string path, string name) =>
        path.StartsWith(name + ".", StringComparison.Ordinal) ? path[(name.Length + 1)..]
        : path.StartsWith(name + "[].", StringComparison.Ordinal) ? path[(name.Length + 3)..]
        : null;
}
