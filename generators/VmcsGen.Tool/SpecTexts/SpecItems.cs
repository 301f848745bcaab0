using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>A struct of a spec.</summary>
/// <param name="File">The spec.</param>
/// <param name="Node">What it says.</param>
internal sealed record SpecStruct(SpecFile File, YamlMap Node)
{
    /// <summary>The C tag.</summary>
    public string Name => Node.Text("name") ?? "";

    /// <summary>Whether it is a union.</summary>
    public bool IsUnion => Node["members"] is null && Node["union"] is not null;

    /// <summary>The list of its members.</summary>
    public YamlList? MemberList => Node[IsUnion ? "union" : "members"] as YamlList;

    /// <summary>Its members.</summary>
    public IReadOnlyList<SpecMember> Members => SpecMember.Of(MemberList);
}

/// <summary>A member of a struct of a spec.</summary>
/// <param name="Node">What the spec says.</param>
internal sealed record SpecMember(YamlMap Node)
{
    /// <summary>Its name; empty for one without.</summary>
    public string Name => Node.Text("name") ?? "";

    /// <summary>Its type; null for a struct or union of its own.</summary>
    public string? Type => Node.Text("type");

    /// <summary>Whether it is a union of its own.</summary>
    public bool IsUnion => Node["union"] is not null;

    /// <summary>Whether it has members of its own.</summary>
    public bool IsNested => MemberList is not null;

    /// <summary>Whether it must be zero.</summary>
    public bool IsPadding => Node.Is("padding");

    /// <summary>Whether a machine has it.</summary>
    public bool Exists(Architecture architecture) => SpecFile.Exists(Node, architecture);

    /// <summary>The list of its own members.</summary>
    public YamlList? MemberList => Node[IsUnion ? "union" : "struct"] as YamlList;

    /// <summary>Its own members.</summary>
    public IReadOnlyList<SpecMember> Members => Of(MemberList);

    /// <summary>The members that a list holds.</summary>
    public static IReadOnlyList<SpecMember> Of(YamlList? list) => [.. (list?.Maps ?? []).Select(static node => new SpecMember(node))];
}

/// <summary>A constant of a spec.</summary>
/// <param name="File">The spec.</param>
/// <param name="Group">Its group.</param>
/// <param name="Node">What it says.</param>
internal sealed record SpecConstant(SpecFile File, YamlMap Group, YamlMap Node)
{
    /// <summary>Its name in C.</summary>
    public string Name => Node.Text("name") ?? "";
}

/// <summary>An ioctl of a spec.</summary>
/// <param name="File">The spec.</param>
/// <param name="Node">What it says.</param>
internal sealed record SpecIoctl(SpecFile File, YamlMap Node)
{
    /// <summary>Its name in C.</summary>
    public string Name => Node.Text("name") ?? "";

    /// <summary>The type of its argument.</summary>
    public string? Argument => Node.Text("argument");
}
