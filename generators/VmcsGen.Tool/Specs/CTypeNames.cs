using System;
using System.Collections.Generic;
using VmcsGen.Generators.Units;

namespace VmcsGen.Tool.Specs;

/// <summary>The C names of types that generated C# has other names for.</summary>
internal static class CTypeNames
{
    private static readonly Dictionary<string, string> s_scalars = new()
    {
        ["byte"] = "__u8",
        ["sbyte"] = "__s8",
        ["ushort"] = "__u16",
        ["short"] = "__s16",
        ["uint"] = "__u32",
        ["int"] = "__s32",
        ["ulong"] = "__u64",
        ["long"] = "__s64",
        ["nuint"] = "unsigned long",
        ["nint"] = "long",
        ["bool"] = "_Bool",
        ["UInt128"] = "unsigned __int128",
        ["Int128"] = "__int128",
        ["BigEndian<ushort>"] = "__be16",
        ["BigEndian<uint>"] = "__be32",
        ["BigEndian<ulong>"] = "__be64",
    };

    /// <summary>A scalar's name, a struct with its tag, or the integer that an enum is.</summary>
    public static string Of(SpecSet specs, string csharp)
    {
        if (s_scalars.TryGetValue(csharp, out var scalar))
            return scalar;
        if (specs.FindStruct(csharp) is { } shape)
            return $"{(shape.IsUnion ? "union" : "struct")} {shape.Native}";
        return specs.FindEnum(csharp) is { } type ? Of(type) : csharp;
    }

    private static string Of(EnumUnit type) => $"__{(type.Integer.IsSigned ? 's' : 'u')}{type.Integer.Bits}";
}
