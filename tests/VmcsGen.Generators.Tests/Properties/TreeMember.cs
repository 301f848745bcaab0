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

    /// <summary>Of a struct or union: -1 when it is anonymous, else the length of the array of it, zero for no array.</summary>
    public int Length { get; init; }

    public IReadOnlyList<TreeMember> Members { get; init; } = [];

    private string Keyword => IsUnion ? "union" : "struct";

    public string C =>
        Members.Count > 0
            ? $"{Keyword} {{ {string.Concat(Members.Select(static m => m.C))}}} {Name}{(Length > 0 ? $"[{Length}]" : "")}; "
            : $"{Type} {Name}{Bounds}{(Width > 0 ? $" : {Width}" : "")}; ";

    public void AppendYaml(StringBuilder text, int indent)
    {
        var space = new string(' ', indent);
        if (Members.Count == 0)
        {
            text.Append($"{space}- {{ name: {Name}, type: \"{Type}{Bounds}\"{(Width > 0 ? $", bits: {Width}" : "")} }}\n");
            return;
        }
        text.Append(
            $"{space}- {(Name.Length > 0 ? $"name: {Name}\n{space}  " : "")}{(Length > 0 ? $"length: {Length}\n{space}  " : "")}{Keyword}:\n"
        );
        foreach (var member in Members)
            member.AppendYaml(text, indent + 4);
    }
}
