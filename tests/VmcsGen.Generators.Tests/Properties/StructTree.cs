using System.Collections.Generic;
using System.Linq;
using System.Text;
using CsCheck;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>A random C struct, which can write itself as C and as a spec.</summary>
/// <param name="Name">The struct's tag.</param>
/// <param name="Members">Its members.</param>
internal sealed record StructTree(string Name, IReadOnlyList<TreeMember> Members)
{
    private static readonly string[] Unsigned = ["__u8", "__u16", "__u32", "__u64", "unsigned int", "unsigned long"];
    private static readonly string[] Scalars = [.. Unsigned, "__s8", "__s16", "__s32", "__s64", "char", "int", "long", "void *"];

    private static readonly Gen<string> Bounds = Gen.Frequency(
        (8, Gen.Const("")),
        (2, Gen.Int[1, 9].Select(static n => $"[{n}]")),
        (1, Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5]).Select(static (n, m) => $"[{n}][{m}]"))
    );

    private static readonly Gen<TreeMember> Field = Gen.Select(Gen.OneOf(Scalars), Bounds)
        .Select(static (type, bounds) => new TreeMember { Type = type, Bounds = bounds });

    private static readonly Gen<TreeMember> Bits = Gen.OneOf(Unsigned)
        .SelectMany(static type => Gen.Int[1, BitsOf(type)].Select(width => new TreeMember { Type = type, Width = width }));

    private static readonly Gen<TreeMember> Earlier = Gen.Select(Gen.Int[1, 20], Bounds)
        .Select(static (back, bounds) => new TreeMember { Back = back, Bounds = bounds });

    private static readonly Gen<TreeMember> Flexible = Gen.OneOf(Scalars)
        .Select(static type => new TreeMember { Type = type, Bounds = "[]" });

    /// <summary>Several structs, later ones holding earlier ones.</summary>
    public static Gen<IReadOnlyList<StructTree>> Batch(int count) =>
        Gen.Select(Member(3).Array[1, 8], Flexible.Null())
            .Select(static (members, last) => (IReadOnlyList<TreeMember>)(last is null ? members : [.. members, last]))
            .Array[count]
            .Select(static structs =>
                (IReadOnlyList<StructTree>)[.. structs.Select((members, i) => new StructTree($"s{i}", Named(members, i, structs, new())))]
            );

    /// <summary>Members that have an address of their own or are bit-fields, with the path by which C reaches them.</summary>
    public IEnumerable<(string Path, TreeMember Member)> Leaves => LeavesOf(Members, "");

    public string C => $"struct {Name} {{ {string.Concat(Members.Select(static m => m.C))}}};\n";

    public string Yaml(int size)
    {
        var text = new StringBuilder($"  - name: {Name}\n    size: {size}\n    members:\n");
        foreach (var member in Members)
            member.AppendYaml(text, 6);
        return text.ToString();
    }

    private static Gen<TreeMember> Member(int depth) =>
        depth == 0
            ? Gen.Frequency((6, Field), (3, Bits), (1, Earlier))
            : Gen.Frequency((12, Field), (6, Bits), (2, Earlier), (5, Group(depth)));

    private static Gen<TreeMember> Group(int depth) =>
        Gen.Select(Gen.Bool, Gen.Frequency((3, Gen.Const(-1)), (3, Gen.Const(0)), (1, Gen.Int[1, 3])), Member(depth - 1).Array[1, 5])
            .Select(
                static (isUnion, length, members) =>
                    new TreeMember
                    {
                        IsUnion = isUnion,
                        Length = length,
                        Members = members,
                    }
            );

    // Names are given afterwards, so that they are unique and shrinking keeps them short. A struct with a flexible array
    // cannot be held by another.
    private static IReadOnlyList<TreeMember> Named(
        IReadOnlyList<TreeMember> members,
        int index,
        IReadOnlyList<TreeMember>[] all,
        Counter counter
    ) =>
        [
            .. members.Select(m =>
                m with
                {
                    Name = m.Length == -1 ? "" : $"m{counter.Next++}",
                    Type =
                        m.Back == 0 ? m.Type
                        : index - m.Back is >= 0 and var i && all[i][^1].Bounds != "[]" ? $"struct s{i}"
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
            "__u8" => 8,
            "__u16" => 16,
            "__u32" or "unsigned int" => 32,
            _ => 64,
        };

    private sealed class Counter
    {
        public int Next { get; set; }
    }
}
