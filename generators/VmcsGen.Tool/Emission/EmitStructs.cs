using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Emission;

/// <summary>Makes structs for other languages of those of the specs.</summary>
internal static class EmitStructs
{
    /// <summary>A struct of a spec.</summary>
    /// <param name="item">What the spec says.</param>
    /// <param name="shape">Its numbers.</param>
    public static EmitStruct Of(StructItem item, StructShape shape) =>
        new(
            item.Name.Value,
            item.IsUnion,
            item.IsPacked,
            item.Align,
            shape.Size,
            item.Doc.Text,
            [.. item.Members.Select(member => Of(member, shape))]
        );

    /// <summary>A layout of a VMCS: what lies between the members is bytes.</summary>
    public static EmitStruct Of(LayoutUnit layout)
    {
        var members = new List<EmitMember>();
        var at = 0;
        foreach (var member in layout.Members)
        {
            Fill(member.Offset);
            members.Add(new(member.Doc.Native ?? EmitNames.Snake(member.Name), member.Doc.Text) { Scalar = Integers[member.Size] });
            at = member.Offset + member.Size;
        }
        Fill(layout.Size);
        var name = layout.Doc.Native ?? EmitNames.Snake(layout.Name);
        return new(name, IsUnion: false, IsPacked: true, null, layout.Size, layout.Doc.Text, members);

        void Fill(int end)
        {
            if (end > at)
                members.Add(new($"reserved_{at:x}", null) { Scalar = Integers[1], Bounds = [end - at] });
        }
    }

    private static readonly Dictionary<int, CScalar> Integers = new[] { "__u8", "__u16", "__u32", "__u64" }
        .Select(static name => CScalar.Find(CType.Parse(name)!)!)
        .ToDictionary(static scalar => scalar.Size);

    private static EmitMember Of(MemberItem item, StructShape shape)
    {
        var name = item.Name.Value;
        var place = shape.Members.FirstOrDefault(member => member.Native == name && name.Length != 0);
        var flexible = shape.Flexible.FirstOrDefault(member => member.Native == name);
        var member = new EmitMember(name, item.Doc.Text) { Align = item.Align?.Value, IsPacked = item.IsPacked };
        if (item.Form != MemberForm.Field)
        {
            // What has a name has a shape of its own, unless it has flexible arrays alone.
            var inner = name.Length == 0 ? shape : place?.Nested ?? shape;
            var members = item.Members.Select(one => Of(one, inner)).ToArray();
            return member with
            {
                Inline = new(
                    "",
                    item.Form == MemberForm.Union,
                    item.IsPacked,
                    item.Align?.Value,
                    place?.Nested?.Size,
                    item.Doc.Text,
                    members
                ),
                Bounds = item.Length is { } length ? [length.Value] : [],
                Align = null,
                IsPacked = false,
            };
        }
        var type = CType.Parse(item.Type!.Value.Value)!;
        var bounds =
            flexible is not null && place is null ? (IEnumerable<int>)[0, .. flexible.Rows]
            : place is not null ? place.Bounds
            : type.Bounds.Select(static bound => int.TryParse(bound.Text, CultureInfo.InvariantCulture, out var number) ? number : 0);
        return member with
        {
            Scalar = CScalar.Find(type),
            Tag = type.IsStruct ? type.Element : null,
            TagIsUnion = type.Tag == CTag.Union,
            Bounds = [.. bounds],
            Bits = item.Bits?.Value,
            BitBytes = item.Bits is not null && place is not null ? (place.Offset, place.Size) : default,
        };
    }

    /// <summary>The tags of the structs that one has as members.</summary>
    public static IEnumerable<string> TagsOf(EmitStruct one) =>
        one.Members.SelectMany(static member =>
            member.Tag is { } tag ? [tag]
            : member.Inline is { } inner ? TagsOf(inner)
            : []
        );

    /// <summary>Puts each struct behind those that it has as members.</summary>
    public static IReadOnlyList<EmitStruct> InOrder(IEnumerable<EmitStruct> structs)
    {
        var all = structs
            .GroupBy(static one => one.Name, StringComparer.Ordinal)
            .ToDictionary(static one => one.Key, static one => one.First());
        var done = new HashSet<string>();
        var ordered = new List<EmitStruct>();
        foreach (var one in all.Values)
            Add(one);
        return ordered;

        void Add(EmitStruct one)
        {
            if (!done.Add(one.Name))
                return;
            foreach (var tag in TagsOf(one))
            {
                if (all.TryGetValue(tag, out var used))
                    Add(used);
            }
            ordered.Add(one);
        }
    }
}
