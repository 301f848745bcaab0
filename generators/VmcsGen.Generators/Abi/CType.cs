using System.Collections.Generic;
using System.Globalization;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Abi;

/// <summary>
/// A C type as a spec writes it: <c>__u64</c>, <c>struct kvm_regs</c>, <c>__u8[7]</c>, <c>struct kvm_msr_entry[]</c>.
/// </summary>
/// <param name="Element">The type without its array bounds: a scalar's spelling or a struct tag.</param>
/// <param name="IsStruct">Whether <paramref name="Element"/> is a struct tag.</param>
/// <param name="Bounds">Array bounds, outermost first.</param>
/// <param name="IsFlexible">Whether the outermost bound is empty: a flexible array member.</param>
internal sealed record CType(string Element, bool IsStruct, EquatableArray<int> Bounds, bool IsFlexible)
{
    // Each becomes a type: a short spec must not become long code.
    private const int MaximumDimensions = 8;

    /// <summary>Total elements; a flexible array has none of its own.</summary>
    public int Count
    {
        get
        {
            var count = IsFlexible ? 0 : 1;
            foreach (var bound in Bounds)
                count *= bound;
            return count;
        }
    }

    public static CType? Parse(string text)
    {
        var bounds = new List<int>();
        var isFlexible = false;
        var count = 1L;
        var bracket = text.IndexOf('[');
        var element = (bracket < 0 ? text : text.Substring(0, bracket)).Trim();
        while (bracket >= 0)
        {
            var close = text.IndexOf(']', bracket);
            if (close < 0)
                return null;
            var bound = text.Substring(bracket + 1, close - bracket - 1).Trim();
            if (bound.Length == 0 && bounds.Count == 0 && !isFlexible)
                isFlexible = true;
            else if (
                int.TryParse(bound, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                && n > 0
                && (count *= n) <= 1 << 20
                && bounds.Count < MaximumDimensions
            )
                bounds.Add(n);
            else
                return null;
            var rest = text.Substring(close + 1).TrimStart();
            if (rest.Length > 0 && rest[0] != '[')
                return null;
            bracket = rest.Length == 0 ? -1 : text.IndexOf('[', close);
        }
        const string StructKeyword = "struct ";
        var isStruct = element.StartsWith(StructKeyword, System.StringComparison.Ordinal);
        if (isStruct)
            element = element.Substring(StructKeyword.Length).Trim();
        return element.Length == 0 ? null : new(element, isStruct, bounds.ToEquatable(), isFlexible);
    }
}

/// <summary>The scalar types of C on x86-64 Linux (LP64) and what they are in C#.</summary>
internal static class CScalar
{
    private static readonly Dictionary<string, string> Scalars = new()
    {
        ["__u8"] = "byte",
        ["__s8"] = "sbyte",
        ["__u16"] = "ushort",
        ["__s16"] = "short",
        ["__u32"] = "uint",
        ["__s32"] = "int",
        ["__u64"] = "ulong",
        ["__s64"] = "long",
        ["char"] = "byte",
        ["int"] = "int",
        ["unsigned int"] = "uint",
        ["long"] = "nint",
        ["unsigned long"] = "nuint",
    };

    // What others call these types.
    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["bool"] = "__u8",
        ["byte"] = "__u8",
        ["sbyte"] = "__s8",
        ["signed char"] = "__s8",
        ["unsigned char"] = "__u8",
        ["short"] = "__s16",
        ["unsigned short"] = "__u16",
        ["ushort"] = "__u16",
        ["unsigned"] = "unsigned int",
        ["uint"] = "__u32",
        ["ulong"] = "__u64",
        ["long long"] = "__s64",
        ["unsigned long long"] = "__u64",
        ["size_t"] = "unsigned long",
        ["nuint"] = "unsigned long",
        ["nint"] = "long",
    };

    static CScalar()
    {
        foreach (var bits in new[] { 8, 16, 32, 64 })
        {
            Aliases[$"u{bits}"] = Aliases[$"uint{bits}_t"] = Aliases[$"__le{bits}"] = $"__u{bits}";
            Aliases[$"s{bits}"] = Aliases[$"i{bits}"] = Aliases[$"int{bits}_t"] = $"__s{bits}";
        }
    }

    /// <summary>Says in a sentence what the author probably meant by an unknown type.</summary>
    public static string Suggest(string name, System.Func<string, bool> isStruct, ErrorList errors) =>
        Aliases.TryGetValue(name, out var alias) ? $" Did you mean '{alias}'?"
        : isStruct(name) ? $" Did you mean 'struct {name}'?"
        : errors.Suggest(name, Scalars.Keys);

    /// <summary>Looks a scalar up; any pointer is an address-sized integer, since the memory behind it is not described.</summary>
    public static bool TryGet(string name, out string csharp, out int size)
    {
        var integer =
            name.EndsWith("*", System.StringComparison.Ordinal) ? "nuint"
            : Scalars.TryGetValue(name, out var scalar) ? scalar
            : null;
        (csharp, size) = integer is null ? ("", 0) : (integer, CSharpInteger.Find(integer)!.Bytes);
        return integer is not null;
    }
}
