using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>Writes YAML as the specs have it.</summary>
internal static class YamlText
{
    private const int LineLength = 140;

    private const string Plain = "_-.<>|+*/()~^ ";

    private static readonly string[] s_words = ["true", "false", "null", "yes", "no", "on", "off", "~"];

    /// <summary>A value, in quotation marks where it needs them.</summary>
    public static string Value(string text)
    {
        var isPlain =
            text.Length > 0
            && (char.IsAsciiLetterOrDigit(text[0]) || text[0] is '_' or '(')
            && !text.EndsWith(' ')
            && !text.EndsWith('*')
            && text.All(static c => char.IsAsciiLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal))
            && !s_words.Contains(text, StringComparer.OrdinalIgnoreCase);
        return isPlain
            ? text
            : "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
    }

    /// <summary>An element of a list that is a mapping: on one line if it fits.</summary>
    /// <param name="indent">How many blanks stand in front.</param>
    /// <param name="entries">Keys and values, as they are to stand in the text.</param>
    /// <param name="isBlock">Whether it is to have a line for each key.</param>
    public static IEnumerable<string> Item(int indent, IReadOnlyList<(string Key, string Value)> entries, bool isBlock = false)
    {
        var blanks = new string(' ', indent);
        var line = $"{blanks}- {{ {string.Join(", ", entries.Select(static entry => $"{entry.Key}: {entry.Value}"))} }}";
        if (!isBlock && line.Length <= LineLength)
            return [line];
        return entries.Select((entry, i) => $"{blanks}{(i == 0 ? "- " : "  ")}{entry.Key}: {entry.Value}");
    }
}
