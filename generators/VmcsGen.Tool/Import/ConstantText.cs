using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Generators.Names;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>Constants of headers as specs write them.</summary>
internal static class ConstantText
{
    private static readonly string[] s_operators = ["|", "&", "<<", "+", "*", "(", ")"];

    /// <summary>A constant as an element of a list.</summary>
    /// <param name="constant">The constant.</param>
    /// <param name="indent">How many blanks stand in front.</param>
    /// <param name="size">Bits of the group's type.</param>
    /// <param name="prefix">The prefix that C# names of the group lose.</param>
    /// <param name="taken">C# names of the group, to which its own is added.</param>
    /// <param name="known">Names of constants that the specs have.</param>
    public static IEnumerable<string> Of(
        CConstant constant,
        int indent,
        int size,
        string prefix,
        HashSet<string> taken,
        IReadOnlySet<string> known
    )
    {
        var entries = new List<(string, string)> { ("name", constant.Name) };
        entries.Add(constant.Text is { } text ? ("text", YamlText.Value(text)) : ("value", Value(constant, size, known)));
        var name = CSharpNames.Pascal(constant.Name, prefix);
        var free = CSharpNames.IsNative(name) && !taken.Contains(name) ? name : CSharpNames.Pascal(constant.Name);
        free = CSharpNaming.Free(free, taken);
        taken.Add(free);
        if (free != name)
            entries.Insert(1, ("csharp", free));
        return YamlText.Item(indent, entries);
    }

    /// <summary>The value: the header's expression, where a spec means the same by it, or the number.</summary>
    public static string Value(CConstant constant, int size, IReadOnlySet<string> known)
    {
        var number = constant.Value;
        if (number < 0 && size != 64 && number >= int.MinValue && IsUnsigned(constant))
            number += 1L << 32;
        var words = constant.Expression;
        if (words.Count > 0 && words.All(word => s_operators.Contains(word) || IsNumber(word) || IsCharacter(word) || known.Contains(word)))
            return YamlText.Value(Join(words));
        return words is [var only] && only.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? "0x" + number.ToString("X", CultureInfo.InvariantCulture)
            : number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Whether a negative number is meant as bits: that of <c>1 &lt;&lt; 31</c>.</summary>
    public static bool IsUnsigned(CConstant constant) =>
        constant.Value >= 0
        || (constant.Expression.Contains("<<") && !constant.Expression.Contains("-") && !constant.Expression.Contains("~"));

    // Numbers as C and specs both read them: not octal.
    private static bool IsNumber(string word)
    {
        var digits = word.TrimEnd('u', 'U', 'l', 'L');
        return digits.Length > 0
            && word.Length - digits.Length <= 3
            && (digits == "0" || digits[0] != '0' || digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            && SpecNumber.TryParse(digits, out _);
    }

    private static bool IsCharacter(string word) => word is ['\'', > ' ' and < '\x7F' and not '\\' and not '\'', '\''];

    private static string Join(IReadOnlyList<string> words)
    {
        // Parentheses around the whole are for C's preprocessor.
        string[] inner = [.. words];
        while (inner is ["(", .., ")"] && IsBalanced(inner[1..^1]))
            inner = inner[1..^1];
        return string.Join(' ', inner).Replace("( ", "(", StringComparison.Ordinal).Replace(" )", ")", StringComparison.Ordinal);
    }

    private static bool IsBalanced(IEnumerable<string> words)
    {
        var depth = 0;
        foreach (var word in words)
        {
            depth += word switch
            {
                "(" => 1,
                ")" => -1,
                _ => 0,
            };
            if (depth < 0)
                return false;
        }
        return true;
    }
}
