using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Comparison;

/// <summary>A member as C code reaches it, whatever structs and unions without a name lie between.</summary>
/// <param name="Path">The names on the way, as in <c>redirtbl[].fields.mask</c>.</param>
/// <param name="Offset">The first bit, from the beginning of the struct.</param>
/// <param name="Bits">How many bits; of a flexible array none.</param>
/// <param name="IsBitField">Whether it is a bit-field.</param>
/// <param name="Type">Its type, so that types that are laid out and behave alike are equal texts.</param>
/// <param name="IsContainer">Whether it has members, which are leaves too.</param>
/// <param name="IsInUnion">Whether it is a part of a union, so that the others are where it is and take no place of it.</param>
internal sealed record Leaf(string Path, int Offset, int Bits, bool IsBitField, string Type, bool IsContainer, bool IsInUnion)
{
    private static readonly string[] s_padding = ["pad", "padding", "reserved", "rsvd", "resv", "res", "unused", "spare"];

    /// <summary>Whether it has a name that kernel headers give to space between members.</summary>
    public bool IsPadding => IsPaddingName(Path[(Path.LastIndexOf('.') + 1)..]);

    /// <summary>The bit behind the last.</summary>
    public int End => Offset + Bits;

    /// <summary>Whether a name is one that kernel headers give to space between members.</summary>
    public static bool IsPaddingName(string name) =>
        s_padding.Contains(name.Trim('_').TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').TrimEnd('_'));

    /// <summary>All members of a struct.</summary>
    public static IReadOnlyList<Leaf> Of(CRecord record)
    {
        var leaves = new List<Leaf>();
        Add(leaves, record, "", 0);
        return leaves;
    }

    /// <summary>Whether two have bits in common.</summary>
    public bool Meets(Leaf other) => Offset < other.End && other.Offset < End;

    private static void Add(List<Leaf> leaves, CRecord record, string prefix, int start)
    {
        foreach (var member in record.Members)
        {
            var offset = start + member.Offset;
            if (member.IsAnonymous)
            {
                Add(leaves, member.Nested!, prefix, offset);
                continue;
            }
            // The filler that C needs for a flexible array in a union.
            if (member.Name.Length == 0 || member.Nested is { Members.Count: 0 })
                continue;
            var isArray = member.Type.IsFlexible || member.Type.Bounds.Count > 0;
            leaves.Add(
                new(
                    prefix + member.Name,
                    offset,
                    member.Bits ?? (member.Type.IsFlexible ? 0 : member.Size * 8),
                    member.Bits is not null,
                    TypeOf(member),
                    member.Nested is not null,
                    record.IsUnion
                )
            );
            if (member.Nested is { } nested)
                Add(leaves, nested, prefix + member.Name + (isArray ? "[]." : "."), offset);
        }
    }

    private static string TypeOf(CMember member)
    {
        // One with more members may have become a union: what counts is where they are.
        var element = member.Nested is not null ? "a struct" : Meaning(member.Type.Element);
        return element + (member.Type.IsFlexible ? "[]" : "") + string.Concat(member.Type.Bounds.Select(static bound => $"[{bound}]"));
    }

    /// <summary>A type so that equal ones are equal texts: <c>__u64</c> and <c>unsigned long long</c> are one.</summary>
    public static string Meaning(string element)
    {
        if (CType.Parse(element) is not { } type || CScalar.Find(type) is not { } scalar)
            return element;
        return scalar.Sort switch
        {
            CScalarSort.Pointer => "a pointer",
            CScalarSort.Bool => "bool",
            CScalarSort.BigEndian => $"a big-endian integer of {scalar.Size * 8} bits",
            _ => $"{(scalar.IsSigned ? "a signed" : "an unsigned")} integer of {scalar.Size * 8} bits",
        };
    }
}
