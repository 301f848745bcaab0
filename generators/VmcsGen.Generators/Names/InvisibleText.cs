using System;
using System.Globalization;
using System.Linq;
using System.Text;

namespace VmcsGen.Generators.Names;

/// <summary>
/// Characters that cannot be seen, or that turn the order of those around them: code with one of them need not be what it looks like.
/// </summary>
internal static class InvisibleText
{
    /// <summary>Writes such characters otherwise.</summary>
    public static string Replace(string text, Func<int, string> write)
    {
        // Most texts have none.
        if (text.All(static c => c is >= ' ' and <= '~'))
            return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var isPair = char.IsSurrogatePair(text, i);
            if (
                CharUnicodeInfo.GetUnicodeCategory(text, i)
                is UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
            )
                result.Append(write(char.ConvertToUtf32(text, i)));
            else
                result.Append(text, i, isPair ? 2 : 1);
            if (isPair)
                i++;
        }
        return result.ToString();
    }

    /// <summary>The text with the replacement character for each half of a character whose other half is missing.</summary>
    public static string WithoutHalves(string text)
    {
        if (!text.Any(char.IsSurrogate))
            return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
                result.Append(text, i++, 2);
            else
                result.Append(char.IsSurrogate(text[i]) ? '\uFFFD' : text[i]);
        }
        return result.ToString();
    }
}
