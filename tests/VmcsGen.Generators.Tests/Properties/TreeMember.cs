using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>A member of a <see cref="StructTree"/>: a field, a C bit-field, or a struct or union with members of its own.</summary>
internal sealed record TreeMember
{
    public string Name { get; init; } = "";

    /// <summary>The type of a field or bit-field; empty for a struct or union.</summary>
    public string Type { get; init; } = "";

    /// <summary>Array bounds, <c>[]</c> for a flexible array.</summary>
    public string Bounds { get; init; } = "";

    /// <summary>The width of a bit-field; zero for others.</summary>
    public int Width { get; init; }

    /// <summary>How many structs back the struct stands that the field holds; zero for others.</summary>
    public int Back { get; init; }

    public bool IsUnion { get; init; }

    /// <summary>A bit-field without a name, which may have no bits.</summary>
    public bool IsUnnamed { get; init; }

    /// <summary>A bit-field of one bit that C# shows as true or false.</summary>
    public bool IsFlag { get; init; }

    public bool IsPacked { get; init; }

    /// <summary>The alignment that is stated; zero for none.</summary>
    public int Align { get; init; }

    /// <summary>Whether it is a bit-field, a flexible array or neither.</summary>
    public bool IsBits => Width > 0 || IsUnnamed;

    public bool IsFlexible => Bounds.StartsWith("[]", StringComparison.Ordinal) || Bounds.StartsWith("[0]", StringComparison.Ordinal);

    /// <summary>Of a struct or union: -1 when it is anonymous, else the length of the array of it, zero for no array.</summary>
    public int Length { get; init; }

    public IReadOnlyList<TreeMember> Members { get; init; } = [];

    private string Keyword => IsUnion ? "union" : "struct";

    public string C =>
        Members.Count > 0
            ? $"{Keyword} {{ {string.Concat(Members.Select(static m => m.C))}}}{Attributes(IsPacked, Align)} {Name}{(Length > 0 ? $"[{Length}]" : "")}; "
            : $"{Type} {Name}{Bounds}{(IsBits ? $" : {Width}" : "")}{Attributes(IsPacked, Align)}; ";

    /// <summary>How gcc spells packing and alignment.</summary>
    public static string Attributes(bool isPacked, int align) =>
        (isPacked ? " __attribute__((packed))" : "") + (align > 0 ? $" __attribute__((aligned({align})))" : "");

    /// <summary>The same as keys of a spec.</summary>
    public static IEnumerable<string> Keys(bool isPacked, int align)
    {
        if (isPacked)
            yield return "packed: true";
        if (align > 0)
            yield return $"align: {align}";
    }

    public void AppendYaml(StringBuilder text, int indent)
    {
        var space = new string(' ', indent);
        List<string> keys = Name.Length > 0 ? [$"name: {Name}"] : [];
        if (Members.Count == 0)
        {
            keys.Add($"type: \"{Type}{Bounds}\"");
            if (IsBits)
                keys.Add($"bits: {Width}");
            if (IsFlag)
                keys.Add("flag: true");
            text.Append($"{space}- {{ {string.Join(", ", keys.Concat(Keys(IsPacked, Align)))} }}\n");
            return;
        }
        if (Length > 0)
            keys.Add($"length: {Length}");
        keys.AddRange(Keys(IsPacked, Align));
        keys.Add($"{Keyword}:");
        text.Append($"{space}- {string.Join($"\n{space}  ", keys)}\n");
        foreach (var member in Members)
            member.AppendYaml(text, indent + 4);
    }
}
