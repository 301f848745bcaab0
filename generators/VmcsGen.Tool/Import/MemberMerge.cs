using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>
/// The edits that give a struct of a spec the header's members in the header's order: members that are missing are put behind the one
/// that they follow in the header, and types that differ are replaced. What the spec has beyond stays where it is.
/// </summary>
internal sealed class MemberMerge
{
    private readonly string _text;
    private readonly IReadOnlySet<string> _padding;
    private readonly HashSet<string> _paths;
    private readonly List<TextEdit> _edits = [];

    /// <param name="text">The spec's text.</param>
    /// <param name="header">The header's struct.</param>
    /// <param name="item">The spec's struct.</param>
    /// <param name="padding">Paths of padding that is added: in the place of other padding a newer kernel may have put something.</param>
    public MemberMerge(string text, CRecord header, SpecStruct item, IReadOnlySet<string> padding)
    {
        _text = text;
        _padding = padding;
        _paths = [.. Paths(item.Members, "")];
        SetAttributes(item.Node, header.IsPacked, header.IsAligned ? header.Align : 0, "size");
        Merge(header, item.MemberList, "");
    }

    /// <summary>The edits.</summary>
    public IReadOnlyList<TextEdit> Edits => _edits;

    private static IEnumerable<string> Paths(IEnumerable<SpecMember> members, string prefix)
    {
        foreach (var member in members)
        {
            if (member.Name.Length > 0)
                yield return prefix + member.Name;
            foreach (var path in Paths(member.Members, member.Name.Length == 0 ? prefix : $"{prefix}{member.Name}."))
                yield return path;
        }
    }

    private static IEnumerable<string> Paths(CMember member, string prefix) =>
        member.IsAnonymous ? member.Nested!.Members.SelectMany(inner => Paths(inner, prefix))
        : member.Name.Length == 0 ? []
        : [prefix + member.Name];

    private void Merge(CRecord header, YamlList? list, string prefix)
    {
        if (!ListEditing.CanGrow(list))
            return;
        var members = SpecMember.Of(list);
        var indent = ListEditing.IndentOf(_text, list!);
        YamlNode? last = null;
        foreach (var member in header.Members)
        {
            // The filler that C needs for a flexible array in a union.
            if (member.Nested is { Members.Count: 0 })
                continue;
            if (Find(members, member, prefix) is { } found)
            {
                Reconcile(member, found, prefix);
                last = found.Node;
            }
            else if (
                !Paths(member, prefix).Any(_paths.Contains) && (!Leaf.IsPaddingName(member.Name) || _padding.Contains(prefix + member.Name))
            )
                _edits.Add(ListEditing.Insert(_text, list!, last, RecordText.Member(member, indent)));
        }
    }

    private static SpecMember? Find(IReadOnlyList<SpecMember> members, CMember member, string prefix)
    {
        if (!member.IsAnonymous)
            return members.FirstOrDefault(other => other.Name == member.Name && (member.Name.Length > 0 || other.Node["bits"] is not null));
        var paths = Paths(member, prefix).ToHashSet();
        return members.FirstOrDefault(other =>
            other is { IsNested: true, Name.Length: 0 }
            && other.IsUnion == member.Nested!.IsUnion
            && Paths(other.Members, prefix).Any(paths.Contains)
        );
    }

    private void Reconcile(CMember member, SpecMember found, string prefix)
    {
        if (member.Nested is { } nested)
        {
            if (!found.IsNested)
                return;
            Merge(nested, found.MemberList, member.IsAnonymous ? prefix : $"{prefix}{member.Name}.");
            SetAttributes(found.Node, nested.IsPacked, nested.IsAligned ? nested.Align : member.Align, "name");
            return;
        }
        if (found.Type is not { } type)
            return;
        if (!IsSame(type, member.Type))
            _edits.Add(ListEditing.Set(_text, found.Node, "type", YamlText.Value(member.Type.Spelling), "name"));
        if (member.Bits is { } bits && found.Node.Text("bits") != bits.ToString(CultureInfo.InvariantCulture))
            _edits.Add(ListEditing.Set(_text, found.Node, "bits", bits.ToString(CultureInfo.InvariantCulture), "type"));
        SetAttributes(found.Node, member.IsPacked, member.Align, "type");
    }

    // Bounds that are names mean what the compiler says; here only those that are numbers are compared.
    private static bool IsSame(string text, CDeclaredType type)
    {
        if (CType.Parse(text) is not { } stated || stated.Bounds.Count != type.Bounds.Count || stated.IsFlexible != type.IsFlexible)
            return false;
        var element = text.Contains('[', System.StringComparison.Ordinal)
            ? text[..text.IndexOf('[', System.StringComparison.Ordinal)]
            : text;
        return Leaf.Meaning(element.Trim()) == Leaf.Meaning(type.Element)
            && stated
                .Bounds.Zip(type.Bounds)
                .All(static pair => !SpecNumber.TryParse(pair.First.Text, out var number) || number == pair.Second);
    }

    private void SetAttributes(YamlMap node, bool isPacked, int align, string behind)
    {
        if (isPacked && !node.Is("packed"))
            _edits.Add(ListEditing.Set(_text, node, "packed", "true", behind));
        if (align > 0 && node.Text("align") != align.ToString(CultureInfo.InvariantCulture))
            _edits.Add(ListEditing.Set(_text, node, "align", align.ToString(CultureInfo.InvariantCulture), behind));
    }
}
