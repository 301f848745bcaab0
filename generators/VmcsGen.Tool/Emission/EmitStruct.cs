using System.Collections.Generic;
using VmcsGen.Generators.Abi;

namespace VmcsGen.Tool.Emission;

/// <summary>A struct or union, member by member as C declares it.</summary>
/// <param name="Name">Its tag; empty for what is declared where it is used.</param>
/// <param name="IsUnion">Whether it is a union.</param>
/// <param name="IsPacked">Whether members lie without space between them.</param>
/// <param name="Align">An alignment that is stated; null for none.</param>
/// <param name="Size">Its bytes; null for what has no name.</param>
/// <param name="Doc">What is said about it.</param>
/// <param name="Members">Its members.</param>
internal sealed record EmitStruct(
    string Name,
    bool IsUnion,
    bool IsPacked,
    int? Align,
    int? Size,
    string? Doc,
    IReadOnlyList<EmitMember> Members
);

/// <summary>A member: a scalar, a struct with a tag, or one that is declared here.</summary>
/// <param name="Name">Its name; empty for none.</param>
/// <param name="Doc">What is said about it.</param>
internal sealed record EmitMember(string Name, string? Doc)
{
    /// <summary>The scalar that it is, or its elements are.</summary>
    public CScalar? Scalar { get; init; }

    /// <summary>The struct's tag.</summary>
    public string? Tag { get; init; }

    /// <summary>Whether the tag is that of a union.</summary>
    public bool TagIsUnion { get; init; }

    /// <summary>The struct that is declared here.</summary>
    public EmitStruct? Inline { get; init; }

    /// <summary>Lengths of arrays, outermost first; 0 for a flexible array.</summary>
    public IReadOnlyList<int> Bounds { get; init; } = [];

    /// <summary>How many bits a bit-field has; null for others.</summary>
    public int? Bits { get; init; }

    /// <summary>Where a bit-field's bytes begin in the struct that has a name, and how many they are.</summary>
    public (int Offset, int Size) BitBytes { get; init; }

    /// <summary>An alignment that is stated; null for none.</summary>
    public int? Align { get; init; }

    /// <summary>Whether it lies without space in front of it.</summary>
    public bool IsPacked { get; init; }
}
