using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Generators.Names;

/// <summary>An integer type of C#.</summary>
/// <param name="Name">Its keyword.</param>
/// <param name="Bits">Its size; that of the native integers is the one on x86-64.</param>
/// <param name="IsSigned">Whether it has negative values.</param>
/// <param name="IsNative">Whether it is as wide as an address.</param>
internal sealed record CSharpInteger(string Name, int Bits, bool IsSigned, bool IsNative = false)
{
    public static readonly IReadOnlyList<CSharpInteger> All =
    [
        new("byte", 8, IsSigned: false),
        new("ushort", 16, IsSigned: false),
        new("uint", 32, IsSigned: false),
        new("ulong", 64, IsSigned: false),
        new("sbyte", 8, IsSigned: true),
        new("short", 16, IsSigned: true),
        new("int", 32, IsSigned: true),
        new("long", 64, IsSigned: true),
        new("nuint", 64, IsSigned: false, IsNative: true),
        new("nint", 64, IsSigned: true, IsNative: true),
    ];

    public int Bytes => Bits / 8;

    public static CSharpInteger? Find(string name) => All.FirstOrDefault(integer => integer.Name == name);

    /// <summary>The type of a size in bits.</summary>
    public static CSharpInteger Of(int bits, bool isSigned) => All.First(integer => integer.Bits == bits && integer.IsSigned == isSigned);

    /// <summary>The keyword of the unsigned type of a size in bits.</summary>
    public static string Unsigned(int bits) => Of(bits, isSigned: false).Name;

    /// <summary>Bits of the type as the number that they stand for.</summary>
    public IFormattable Value(ulong bits) => IsSigned ? (long)(bits << (64 - Bits)) >> (64 - Bits) : bits;
}
