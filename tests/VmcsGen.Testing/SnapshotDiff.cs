using System;
using System.Text;

namespace VmcsGen.Testing;

/// <summary>Shows where two texts part.</summary>
internal static class SnapshotDiff
{
    private const int Before = 2;
    private const int Shown = 5;

    /// <summary>The first differing lines of both texts under their line numbers, after two lines that they share.</summary>
    public static string Describe(string expected, string actual)
    {
        var wanted = expected.Split('\n');
        var given = actual.Split('\n');
        var first = 0;
        while (first < wanted.Length && first < given.Length && wanted[first] == given[first])
            first++;
        var shared = 0;
        while (shared < Math.Min(wanted.Length, given.Length) - first && wanted[^(shared + 1)] == given[^(shared + 1)])
            shared++;
        var text = new StringBuilder();
        for (var line = Math.Max(0, first - Before); line < first; line++)
            Append(text, ' ', line, wanted);
        AppendRange(text, '-', wanted, first, wanted.Length - shared);
        AppendRange(text, '+', given, first, given.Length - shared);
        return text.ToString().TrimEnd('\n');
    }

    private static void AppendRange(StringBuilder text, char mark, string[] lines, int start, int end)
    {
        for (var line = start; line < Math.Min(end, start + Shown); line++)
            Append(text, mark, line, lines);
        if (end - start > Shown)
            text.Append($"{mark}        … {end - start - Shown} more lines\n");
    }

    private static void Append(StringBuilder text, char mark, int line, string[] lines) =>
        text.Append($"{mark} {line + 1, 5} | {lines[line]}\n");
}
