using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Abi;

/// <summary>
/// A C type as a spec writes it: <c>__u64</c>, <c>struct kvm_regs</c>, <c>__u8[7]</c>, <c>struct kvm_msr_entry[]</c>.
/// </summary>
/// <param name="Element">The type without its array bounds: a scalar's spelling or a tag.</param>
/// <param name="Tag">Whether <paramref name="Element"/> is a tag, and of what.</param>
/// <param name="Bounds">Array bounds, outermost first, without the empty one.</param>
/// <param name="IsFlexible">Whether the outermost bound is empty: a flexible array member.</param>
internal sealed record CType(string Element, CTag Tag, EquatableArray<CBound> Bounds, bool IsFlexible)
{
    // Each becomes a type: a short spec must not become long code.
    private const int MaximumDimensions = 8;

    private static readonly Regex Pointer = new(
        @"^[A-Za-z_][A-Za-z0-9_]*(\s+[A-Za-z_][A-Za-z0-9_]*)*\s*\*[\s*]*((const|volatile|restrict|__restrict)[\s*]*)*\z",
        RegexOptions.CultureInvariant
    );

    private static readonly char[] Spaces = [' ', '\t', '\r', '\n'];

    /// <summary>Whether the element is a struct or a union with a tag.</summary>
    public bool IsStruct => Tag is CTag.Struct or CTag.Union;

    public bool IsArray => IsFlexible || Bounds.Count > 0;

    /// <summary>Reads a type; null for a text that is none. What stands in the brackets is not looked at.</summary>
    public static CType? Parse(string text)
    {
        var bounds = new List<CBound>();
        var isFlexible = false;
        var bracket = text.IndexOf('[');
        var element = (bracket < 0 ? text : text.Substring(0, bracket)).Trim();
        while (bracket >= 0)
        {
            var close = text.IndexOf(']', bracket);
            if (close < 0)
                return null;
            var inside = text.Substring(bracket + 1, close - bracket - 1);
            var bound = inside.Trim();
            if (bound.Length > 0 && bounds.Count < MaximumDimensions)
                bounds.Add(new(bound, bracket + 1 + inside.IndexOf(bound[0])));
            else if (bound.Length == 0 && bounds.Count == 0 && !isFlexible)
                isFlexible = true;
            else
                return null;
            var next = close + 1;
            while (next < text.Length && char.IsWhiteSpace(text[next]))
                next++;
            if (next < text.Length && text[next] != '[')
                return null;
            bracket = next < text.Length ? next : -1;
        }
        return Classify(element) is var (name, tag) ? new(name, tag, bounds.ToEquatable(), isFlexible) : null;
    }

    private static (string Name, CTag Tag)? Classify(string element)
    {
        // A pointer is an address, whatever it points to.
        if (element.IndexOf('*') >= 0)
            return Pointer.IsMatch(element) ? ("void *", CTag.None) : null;
        var words = element.Split(Spaces, System.StringSplitOptions.RemoveEmptyEntries);
        if (!words.All(CSharpNames.IsNative))
            return null;
        // What may be written to a member is not a matter of its layout.
        return words.Where(static word => word is not ("const" or "volatile")).ToArray() switch
        {
            ["struct", var tag] => (tag, CTag.Struct),
            ["union", var tag] => (tag, CTag.Union),
            ["enum", var tag] => (tag, CTag.Enum),
            [] or ["struct" or "union" or "enum", ..] => null,
            var scalar => (string.Join(" ", scalar), CTag.None),
        };
    }
}

/// <summary>What a name in a C type is the tag of.</summary>
internal enum CTag
{
    None,
    Struct,
    Union,
    Enum,
}

/// <summary>The length of an array: a number, the name of a constant, or an expression of both.</summary>
/// <param name="Text">What stands in the brackets.</param>
/// <param name="Offset">Where it begins in the text of the type.</param>
internal readonly record struct CBound(string Text, int Offset);
