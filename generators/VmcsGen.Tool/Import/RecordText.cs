using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Generators.Names;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>Structs of headers as specs write them.</summary>
internal static class RecordText
{
    /// <summary>A struct or union as an element of a list.</summary>
    /// <param name="record">The struct.</param>
    /// <param name="indent">How many blanks stand in front.</param>
    /// <param name="csharp">Its C# name; null for the one that follows from its own.</param>
    public static IEnumerable<string> Struct(CRecord record, int indent, string? csharp)
    {
        var entries = new List<(string, string)> { ("name", record.Tag), ("size", Number(record.Size)) };
        if (csharp is not null)
            entries.Add(("csharp", csharp));
        if (record.IsPacked)
            entries.Add(("packed", "true"));
        if (record.IsAligned)
            entries.Add(("align", Number(record.Align)));
        entries.Add((record.IsUnion ? "union" : "members", record.Members.Count > 0 ? "" : "[]"));
        var type = csharp ?? CSharpNames.Pascal(record.Tag);
        return YamlText
            .Item(indent, entries, isBlock: true)
            .Select(static line => line.TrimEnd())
            .Concat(Members(record, indent + 4, type));
    }

    /// <summary>A member as an element of a list.</summary>
    /// <param name="member">The member.</param>
    /// <param name="indent">How many blanks stand in front.</param>
    /// <param name="csharp">Its C# name; null for the one that follows from its own.</param>
    public static IEnumerable<string> Member(CMember member, int indent, string? csharp = null)
    {
        var entries = new List<(string, string)>();
        if (member.Name.Length > 0)
            entries.Add(("name", member.Name));
        if (csharp is not null)
            entries.Add(("csharp", csharp));
        if (member.Nested is { } nested)
        {
            if (nested.IsPacked)
                entries.Add(("packed", "true"));
            if (nested.IsAligned || member.IsAligned)
                entries.Add(("align", Number(Math.Max(nested.IsAligned ? nested.Align : 0, member.Align))));
            if (member.Type.Bounds.Count > 0)
                entries.Add(("length", Number((int)member.Type.Bounds.Aggregate(1L, static (all, bound) => all * bound))));
            entries.Add((nested.Keyword, ""));
            return YamlText
                .Item(indent, entries, isBlock: true)
                .Select(static line => line.TrimEnd())
                .Concat(Members(nested, indent + 4, csharp ?? CSharpNames.Pascal(member.Name)));
        }
        entries.Add(("type", YamlText.Value(member.Type.Spelling)));
        if (member.Bits is { } bits)
            entries.Add(("bits", Number(bits)));
        if (member.IsPacked)
            entries.Add(("packed", "true"));
        if (member.Align > 0)
            entries.Add(("align", Number(member.Align)));
        if (member.Bits is null && Leaf.IsPaddingName(member.Name) && !member.Type.IsFlexible)
            entries.Add(("padding", "true"));
        return YamlText.Item(indent, entries);
    }

    // Members with a name that the type or another member has in C# get another one.
    private static IEnumerable<string> Members(CRecord record, int indent, string type)
    {
        var taken = new HashSet<string> { type };
        foreach (var member in record.Members)
        {
            // The filler that C needs for a flexible array in a union.
            if (member.Nested is { Members.Count: 0 })
                continue;
            var csharp = (string?)null;
            if (member.Name.Length > 0)
            {
                var name = CSharpNames.Pascal(member.Name);
                var free = CSharpNaming.Free(name, taken);
                csharp = free == name ? null : free;
                taken.Add(free);
            }
            foreach (var line in Member(member, indent, csharp))
                yield return line;
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
