using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>Edits lists of a spec and leaves all else as it stands.</summary>
internal static class ListEditing
{
    /// <summary>How many blanks stand in front of the elements of a list that has a line for each.</summary>
    public static int IndentOf(string text, YamlList list)
    {
        var first = list.Items[0].Start;
        var dash = text.LastIndexOf('-', first);
        return dash - (text.LastIndexOf('\n', dash) + 1);
    }

    /// <summary>Whether elements can be put into a list: it has some, each on lines of its own.</summary>
    public static bool CanGrow(YamlList? list) => list is { IsFlow: false, Items.Count: > 0 };

    /// <summary>Puts lines behind an element, or before the first.</summary>
    /// <param name="text">The spec's text.</param>
    /// <param name="list">The list.</param>
    /// <param name="after">The element; null to put them before the first.</param>
    /// <param name="lines">The lines.</param>
    public static TextEdit Insert(string text, YamlList list, YamlNode? after, IEnumerable<string> lines)
    {
        var gap = HasEmptyLines(text, list) ? "\n\n" : "\n";
        var added = string.Join('\n', lines);
        if (after is null)
        {
            var start = LineStart(text, list.Items[0].Start);
            return new(start, start, added + gap);
        }
        var end = LineEnd(text, after.End);
        return new(end, end, gap + added);
    }

    /// <summary>Takes an element out, with its lines.</summary>
    public static TextEdit Remove(string text, YamlNode item) =>
        new(LineStart(text, item.Start), Math.Min(LineEnd(text, item.End) + 1, text.Length), "");

    /// <summary>Sets the value of a key, which is added behind another if it is not there.</summary>
    public static TextEdit Set(string text, YamlMap map, string key, string value, string behind)
    {
        if (map[key] is { } old)
            return new(old.Start, old.End, value);
        var other = map[behind] ?? map.Entries[0].Value;
        var first = map.Entries[0].Key.Start;
        var indent = first - LineStart(text, first);
        return new(other.End, other.End, map.IsFlow ? $", {key}: {value}" : $"\n{new string(' ', indent)}{key}: {value}");
    }

    private static int LineStart(string text, int at) => text.LastIndexOf('\n', Math.Max(at - 1, 0)) + 1;

    private static int LineEnd(string text, int at)
    {
        var end = text.IndexOf('\n', at);
        return end < 0 ? text.Length : end;
    }

    private static bool HasEmptyLines(string text, YamlList list) =>
        list.Items.Count > 1
        && list.Items.Zip(list.Items.Skip(1)).All(pair => text.AsSpan(pair.First.End, pair.Second.Start - pair.First.End).Count('\n') > 1);
}
