using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Btf;

/// <summary>Structs of BTF in the words of headers.</summary>
/// <param name="types">The types.</param>
/// <param name="described">Tags of structs that are described; others inside of them are bytes.</param>
internal sealed class BtfRecordReader(BtfTypes types, IReadOnlySet<string> described)
{
    // Types refer to each other in circles only through structs.
    private const int MaximumDepth = 64;

    /// <summary>A struct by its tag.</summary>
    public CRecord Read(string tag) =>
        types.Find(tag) is { } type
            ? Record(type, tag, 0)
            : throw new InputException(
                $"there is no struct '{tag}' in this BTF. Near it: "
                    + $"{string.Join(", ", types.Tags.Where(other => other.Contains(tag, StringComparison.OrdinalIgnoreCase)).Distinct().Take(8))}."
            );

    /// <summary>Tags of structs that a struct holds, at any depth.</summary>
    public IEnumerable<string> Held(string tag) => types.Find(tag) is { } type ? Held(type, 0) : [];

    private IEnumerable<string> Held(BtfType record, int depth)
    {
        foreach (var member in record.Members)
        {
            var element = Element(types[member.Type], []).Type;
            if (element.Kind is not (BtfKind.Struct or BtfKind.Union) || element.Size == 0 || depth > MaximumDepth)
                continue;
            if (element.Name.Length > 0)
                yield return element.Name;
            foreach (var tag in Held(element, depth + 1))
                yield return tag;
        }
    }

    private CRecord Record(BtfType type, string tag, int depth)
    {
        if (depth > MaximumDepth)
            throw new InputException($"struct '{tag}' holds structs that are nested too deep.");
        var members = type
            .Members.Select(member => Member(member, depth))
            .SelectMany(Open)
            .Where(static m => m.Size > 0 || m.Bits is not null || m.Type.IsFlexible);
        return new(tag, type.Kind == BtfKind.Union, default, type.Size, 1, false, false, [.. members]);
    }

    // A flexible array that C does not allow in its place stands in a struct without a name or bytes (linux/stddef.h, DECLARE_FLEX_ARRAY).
    private static IEnumerable<CMember> Open(CMember member) =>
        member is { IsAnonymous: true, Size: 0 }
            ? member.Nested!.Members.Select(inner => inner with { Offset = inner.Offset + member.Offset })
            : [member];

    private CMember Member(BtfMember member, int depth)
    {
        var bounds = new List<long>();
        var (type, name) = Element(types[member.Type], bounds);
        var isFlexible = bounds is [0, ..];
        if (isFlexible)
            bounds.RemoveAt(0);
        var size = SizeOf(type);
        var count = (int)bounds.Aggregate(1L, static (all, bound) => all * bound);
        var isRecord = type.Kind is BtfKind.Struct or BtfKind.Union;
        var nested = isRecord && type.Name.Length == 0 ? Record(type, "", depth + 1) : null;
        if (isRecord && type.Name.Length > 0 && !described.Contains(type.Name))
            (name, bounds) = ("__u8", isFlexible ? [size] : [(long)size * count]);
        return new(
            member.Name,
            member.Offset,
            isFlexible ? size : size * count,
            member.Bits == 0 ? null : member.Bits,
            new(nested is null ? name : "", bounds, isFlexible, HasLength: true),
            nested,
            false,
            false
        );
    }

    // The type behind arrays and qualifiers, and what a spec calls it: the nearest name that specs know.
    private (BtfType Type, string Name) Element(BtfType type, List<long> bounds)
    {
        string? known = null;
        for (var steps = 0; steps < MaximumDepth; steps++)
        {
            switch (type.Kind)
            {
                case BtfKind.Array:
                    bounds.Add(type.Length);
                    known = null;
                    break;
                case BtfKind.Typedef:
                    known ??= IsKnown(type.Name) ? type.Name : null;
                    break;
                case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.DeclarationTag:
                    break;
                default:
                    return (type, known ?? NameOf(type));
            }
            type = types[type.Type];
        }
        throw new InputException("types of this BTF refer to each other in a circle.");
    }

    private string NameOf(BtfType type) =>
        type.Kind switch
        {
            BtfKind.Struct => $"struct {type.Name}",
            BtfKind.Union => $"union {type.Name}",
            BtfKind.Pointer => Pointer(type),
            BtfKind.Enum when type.Size == 4 && type.Name.Length > 0 => $"enum {type.Name}",
            BtfKind.Int when IsKnown(type.Name) && CScalar.Find(CType.Parse(type.Name)!)!.Size == type.Size => type.Name,
            _ => $"__{(type.IsSigned ? 's' : 'u')}{SizeOf(type) * 8}",
        };

    private string Pointer(BtfType pointer)
    {
        var type = types[pointer.Type];
        for (var steps = 0; steps < MaximumDepth; steps++)
        {
            if (type.Kind is not (BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag))
                break;
            type = types[type.Type];
        }
        return type switch
        {
            { Kind: BtfKind.Struct or BtfKind.Forward, Name.Length: > 0 } => $"struct {type.Name} *",
            { Kind: BtfKind.Union, Name.Length: > 0 } => $"union {type.Name} *",
            { Kind: BtfKind.Int or BtfKind.Typedef, Name.Length: > 0 } => $"{type.Name} *",
            _ => "void *",
        };
    }

    private static int SizeOf(BtfType type) =>
        type.Kind switch
        {
            BtfKind.Pointer => 8,
            BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Float or BtfKind.Struct or BtfKind.Union => type.Size,
            _ => 0,
        };

    private static bool IsKnown(string name) => CType.Parse(name) is { IsArray: false } type && CScalar.Find(type) is not null;
}
