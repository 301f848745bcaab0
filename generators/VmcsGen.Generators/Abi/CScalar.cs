using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;

namespace VmcsGen.Generators.Abi;

/// <summary>A scalar type of C on Linux of 64 bits (LP64) and what it is in C#.</summary>
/// <param name="CSharp">The C# type.</param>
/// <param name="Size">Its bytes, and its alignment.</param>
/// <param name="IsSigned">Whether a bit-field of the type has negative values.</param>
/// <param name="Sort">What else is to be known of it.</param>
internal sealed record CScalar(string CSharp, int Size, bool IsSigned, CScalarSort Sort = CScalarSort.Integer)
{
    /// <summary>Whether the type is aligned by its own definition, which a packed struct does not undo.</summary>
    public bool KeepsAlignment { get; init; }

    /// <summary>Whether the type says which byte comes first, on whatever machine.</summary>
    public bool HasOwnOrder { get; init; }

    private static readonly CScalar Pointer = new("nuint", 8, false, CScalarSort.Pointer);

    private static readonly CScalar Enum = new("uint", 4, false);

    private static readonly Dictionary<string, CScalar> Typedefs = MakeTypedefs();

    // What C spells with several words, in any order: each set of words once, in this one.
    private static readonly Dictionary<string, CScalar> Keywords = new()
    {
        ["char"] = new("byte", 1, true),
        ["char signed"] = new("sbyte", 1, true),
        ["char unsigned"] = new("byte", 1, false),
        ["short"] = new("short", 2, true),
        ["short unsigned"] = new("ushort", 2, false),
        ["int"] = new("int", 4, true),
        ["unsigned"] = new("uint", 4, false),
        ["long"] = new("nint", 8, true),
        ["long unsigned"] = new("nuint", 8, false),
        ["long long"] = new("long", 8, true),
        ["long long unsigned"] = new("ulong", 8, false),
        ["__int128"] = new("Int128", 16, true),
        ["__int128 unsigned"] = new("UInt128", 16, false),
    };

    // What other languages call these types.
    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["byte"] = "__u8",
        ["sbyte"] = "__s8",
        ["ushort"] = "__u16",
        ["ulong"] = "__u64",
        ["nuint"] = "unsigned long",
        ["nint"] = "long",
        ["i8"] = "__s8",
        ["i16"] = "__s16",
        ["i32"] = "__s32",
        ["i64"] = "__s64",
    };

    /// <summary>Finds the scalar that a type's element is; null for an unknown one and for structs.</summary>
    public static CScalar? Find(CType type) =>
        type.Tag == CTag.Enum ? Enum
        : type.IsStruct ? null
        : type.Element == "void *" ? Pointer
        : Typedefs.TryGetValue(type.Element, out var scalar) || Keywords.TryGetValue(Canonical(type.Element), out scalar) ? scalar
        : null;

    /// <summary>Finds the scalar as it lies in memory of a machine.</summary>
    public static CScalar? Find(CType type, Architecture architecture) =>
        Find(type)?.WithFixedWidth(architecture) is not { } scalar ? null
        : !architecture.IsBigEndian || scalar.HasOwnOrder || scalar.Size == 1 || scalar.Sort == CScalarSort.BigEndian ? scalar
        : scalar with { CSharp = $"BigEndian<{scalar.CSharp}>", Sort = CScalarSort.BigEndian };

    /// <summary>The scalar in C# on any machine: what has the width of an address there need not have it here.</summary>
    public CScalar WithFixedWidth(Architecture architecture) =>
        architecture.IsX64
            ? this
            : this with
            {
                CSharp = CSharp switch
                {
                    "nuint" => "ulong",
                    "nint" => "long",
                    _ => CSharp,
                },
            };

    /// <summary>The C# type of the number that it is.</summary>
    public string Number =>
        Sort == CScalarSort.BigEndian ? CSharp.Substring(BigEndianPrefix.Length, CSharp.Length - BigEndianPrefix.Length - 1) : CSharp;

    private const string BigEndianPrefix = "BigEndian<";

    /// <summary>Says in a sentence what the author probably meant by an unknown type.</summary>
    public static string Suggest(string name, Func<string, bool> isStruct, ErrorList errors) =>
        Aliases.TryGetValue(name, out var alias) ? $" Did you mean '{alias}'?"
        : isStruct(name) ? $" Did you mean 'struct {name}'?"
        : errors.Suggest(name, Typedefs.Keys.Where(static known => known.StartsWith("__", StringComparison.Ordinal)));

    // "long unsigned int" and "unsigned long" are one type: 'int' says nothing beside another word, nor 'signed' but with 'char'.
    private static string Canonical(string spelling)
    {
        var words = spelling.Split(' ').OrderBy(static w => w, StringComparer.Ordinal).ToList();
        if (words.Count > 1)
            words.Remove("int");
        if (!words.Contains("unsigned") && !words.Contains("char") && words.Remove("signed") && words.Count == 0)
            words.Add("int");
        return string.Join(" ", words);
    }

    private static Dictionary<string, CScalar> MakeTypedefs()
    {
        var names = new Dictionary<string, CScalar>
        {
            ["bool"] = new("bool", 1, false, CScalarSort.Bool),
            ["_Bool"] = new("bool", 1, false, CScalarSort.Bool),
            ["size_t"] = new("nuint", 8, false),
            ["ssize_t"] = new("nint", 8, true),
            ["uintptr_t"] = new("nuint", 8, false),
            ["intptr_t"] = new("nint", 8, true),
            ["__kernel_size_t"] = new("nuint", 8, false),
            ["__kernel_ulong_t"] = new("nuint", 8, false),
            ["__kernel_long_t"] = new("nint", 8, true),
            ["__kernel_loff_t"] = new("long", 8, true),
            ["loff_t"] = new("long", 8, true),
            ["__kernel_time64_t"] = new("long", 8, true),
            ["__kernel_pid_t"] = new("int", 4, true),
            ["pid_t"] = new("int", 4, true),
            ["uid_t"] = new("uint", 4, false),
            ["gid_t"] = new("uint", 4, false),
            ["mode_t"] = new("uint", 4, false),
            ["__kernel_rwf_t"] = new("int", 4, true),
            ["__poll_t"] = new("uint", 4, false),
            ["__wsum"] = new("uint", 4, false),
            ["__sum16"] = new("ushort", 2, false),
            ["__u128"] = new("UInt128", 16, false),
            ["__s128"] = new("Int128", 16, true),
        };
        foreach (
            var (bits, unsigned, signed) in new[]
            {
                (8, "byte", "sbyte"),
                (16, "ushort", "short"),
                (32, "uint", "int"),
                (64, "ulong", "long"),
            }
        )
        {
            foreach (var name in new[] { $"__u{bits}", $"u{bits}", $"uint{bits}_t", $"u_int{bits}_t" })
                names[name] = new(unsigned, bits / 8, false);
            names[$"__le{bits}"] = new(unsigned, bits / 8, false) { HasOwnOrder = true };
            foreach (var name in new[] { $"__s{bits}", $"s{bits}", $"int{bits}_t" })
                names[name] = new(signed, bits / 8, true);
            names[$"__be{bits}"] = new($"BigEndian<{unsigned}>", bits / 8, false, CScalarSort.BigEndian);
        }
        names.Remove("__le8");
        names.Remove("__be8");
        names["__aligned_u64"] = names["__u64"] with { KeepsAlignment = true };
        names["__aligned_le64"] = names["__le64"] with { KeepsAlignment = true };
        names["__aligned_s64"] = names["__s64"] with { KeepsAlignment = true };
        names["__aligned_be64"] = names["__be64"] with { KeepsAlignment = true };
        return names;
    }
}

/// <summary>What sort of scalar it is.</summary>
internal enum CScalarSort
{
    Integer,

    /// <summary>A truth value, which has one bit.</summary>
    Bool,

    /// <summary>An address; what lies there is not described.</summary>
    Pointer,

    /// <summary>An integer whose highest byte comes first.</summary>
    BigEndian,
}
