using System.Collections.Generic;
using System.Linq;
using System.Text;
using CsCheck;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>A random C struct, which can write itself as C and as a spec.</summary>
/// <param name="Name">The struct's tag.</param>
/// <param name="Members">Its members.</param>
/// <param name="IsUnion">Whether it is a union.</param>
/// <param name="IsPacked">Whether it is packed.</param>
/// <param name="Align">The alignment that is stated; zero for none.</param>
internal sealed record StructTree(string Name, IReadOnlyList<TreeMember> Members, bool IsUnion, bool IsPacked, int Align)
{
    private static readonly string[] BitTypes =
    [
        "__u8",
        "__u16",
        "__u32",
        "__u64",
        "unsigned int",
        "unsigned long",
        "unsigned long long",
        "unsigned short int",
        "uint32_t",
        "__s8",
        "__s16",
        "int",
        "long long",
        "signed char",
    ];

    private static readonly string[] Scalars =
    [
        .. BitTypes,
        "__s32",
        "__s64",
        "char",
        "short",
        "long",
        "long unsigned int",
        "bool",
        "size_t",
        "__le16",
        "__le32",
        "__be16",
        "__be32",
        "__be64",
        "__aligned_u64",
        "__u128",
        "enum kind",
        "const __u32",
        "void *",
        "const char *",
        "struct nowhere *",
    ];

    private static readonly Gen<int> Alignment = Gen.Frequency((12, Gen.Const(0)), (1, Gen.OneOf(1, 2, 4, 8, 16)));

    private static readonly Gen<bool> Packing = Gen.Frequency((12, Gen.Const(false)), (1, Gen.Const(true)));

    private static readonly Gen<string> Bounds = Gen.Frequency(
        (8, Gen.Const("")),
        (2, Gen.Int[1, 9].Select(static n => $"[{n}]")),
        (1, Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5]).Select(static (n, m) => $"[{n}][{m}]"))
    );

    private static readonly Gen<TreeMember> Field = Gen.Select(Gen.OneOf(Scalars), Bounds, Packing, Alignment)
        .Select(
            static (type, bounds, isPacked, align) =>
                new TreeMember
                {
                    Type = type,
                    Bounds = bounds,
                    IsPacked = isPacked,
                    Align = align,
                }
        );

    private static readonly Gen<TreeMember> Bits = Gen.Select(Gen.OneOf(BitTypes), Packing, Gen.Int[0, 6])
        .SelectMany(
            static (type, isPacked, unnamed) =>
                Gen.Int[unnamed == 0 ? 0 : 1, unnamed == 0 ? 0 : BitsOf(type)]
                    .Select(width => new TreeMember
                    {
                        Type = type,
                        Width = width,
                        IsPacked = isPacked && unnamed > 1,
                        IsUnnamed = unnamed <= 1,
                        IsFlag = unnamed > 1 && width == 1,
                    })
        );

    private static readonly Gen<TreeMember> Truth = Gen.Const(new TreeMember { Type = "bool", Width = 1 });

    private static readonly Gen<TreeMember> Earlier = Gen.Select(Gen.Int[1, 20], Bounds)
        .Select(static (back, bounds) => new TreeMember { Back = back, Bounds = bounds });

    private static readonly Gen<TreeMember> Flexible = Gen.Select(
            Gen.OneOf("__u8", "__u16", "__u32", "__u64", "int"),
            Gen.OneOf("[]", "[]", "[0]", "[][6]", "[0][2]", "[][2][3]")
        )
        .Select(static (type, bounds) => new TreeMember { Type = type, Bounds = bounds });

    /// <summary>Several structs, later ones holding earlier ones.</summary>
    public static Gen<IReadOnlyList<StructTree>> Batch(int count) =>
        Gen.Select(
                Member(3).Array[1, 8],
                Flexible.Null(),
                Gen.Frequency((7, Gen.Const(false)), (1, Gen.Const(true))),
                Gen.Frequency((4, Gen.Const(false)), (1, Gen.Const(true))),
                Alignment
            )
            .Select(
                static (members, last, isUnion, isPacked, align) =>
                    new StructTree("", last is null || isUnion ? members : [.. members, last], isUnion, isPacked, align)
            )
            .Array[count]
            .Select(static structs =>
                (IReadOnlyList<StructTree>)
                    [.. structs.Select((tree, i) => tree with { Name = $"s{i}", Members = Named(tree.Members, i, structs, new()) })]
            );

    /// <summary>Members that have an address of their own or are bit-fields, with the path by which C reaches them.</summary>
    public IEnumerable<(string Path, TreeMember Member)> Leaves => LeavesOf(Members, "");

    /// <summary>Its type in C.</summary>
    public string Type => $"{(IsUnion ? "union" : "struct")} {Name}";

    public string C => $"{Type} {{ {string.Concat(Members.Select(static m => m.C))}}}{TreeMember.Attributes(IsPacked, Align)};\n";

    public string Yaml(int size)
    {
        var keys = string.Concat(TreeMember.Keys(IsPacked, Align).Select(static key => $"    {key}\n"));
        var text = new StringBuilder($"  - name: {Name}\n    size: {size}\n{keys}    {(IsUnion ? "union" : "members")}:\n");
        foreach (var member in Members)
            member.AppendYaml(text, 6);
        return text.ToString();
    }

    private static Gen<TreeMember> Member(int depth) =>
        depth == 0
            ? Gen.Frequency((12, Field), (7, Bits), (1, Truth), (2, Earlier))
            : Gen.Frequency((24, Field), (14, Bits), (2, Truth), (4, Earlier), (10, Group(depth)));

    private static Gen<TreeMember> Group(int depth) =>
        Gen.Select(
                Gen.Bool,
                Gen.Frequency((3, Gen.Const(-1)), (3, Gen.Const(0)), (1, Gen.Int[1, 3])),
                Member(depth - 1).Array[1, 5],
                Packing,
                Alignment
            )
            .Select(
                static (isUnion, length, members, isPacked, align) =>
                    new TreeMember
                    {
                        IsUnion = isUnion,
                        Length = length,
                        Members = members,
                        IsPacked = isPacked,
                        Align = align,
                    }
            );

    // Names are given afterwards, so that they are unique and shrinking keeps them short. A struct with a flexible array
    // cannot be held by another.
    private static IReadOnlyList<TreeMember> Named(IReadOnlyList<TreeMember> members, int index, StructTree[] all, Counter counter) =>
        [
            .. members.Select(m =>
                m with
                {
                    Name = m.Length == -1 || m.IsUnnamed ? "" : $"m{counter.Next++}",
                    Type =
                        m.Back == 0 ? m.Type
                        : index - m.Back is >= 0 and var i && !all[i].Members[^1].IsFlexible
                            ? $"{(all[i].IsUnion ? "union" : "struct")} s{i}"
                        : "__u16",
                    Members = Named(m.Members, index, all, counter),
                }
            ),
        ];

    private static IEnumerable<(string Path, TreeMember Member)> LeavesOf(IEnumerable<TreeMember> members, string path)
    {
        foreach (var member in members)
        {
            if (member.Name.Length > 0)
                yield return (path + member.Name, member);
            var inner = member.Name.Length == 0 ? path : $"{path}{member.Name}{(member.Length > 0 ? $"[{member.Length - 1}]" : "")}.";
            foreach (var leaf in LeavesOf(member.Members, inner))
                yield return leaf;
        }
    }

    private static int BitsOf(string type) =>
        type switch
        {
            "__u8" or "__s8" or "signed char" => 8,
            "__u16" or "__s16" or "unsigned short int" => 16,
            "__u32" or "unsigned int" or "uint32_t" or "int" => 32,
            _ => 64,
        };

    private sealed class Counter
    {
        public int Next { get; set; }
    }
}
