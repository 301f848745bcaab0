using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace VmcsGen.SideBySide;

/// <summary>The lists that the C programs include, so that both languages do the same: one entry a line, MACRO(name, values).</summary>
internal static class SharedText
{
    /// <summary>What is measured, with how often it is repeated between two looks at the clock.</summary>
    public static IReadOnlyList<(string Name, int Count)> Benchmarks { get; } =
    [.. Entries("benchmarks").Select(static e => (e.Name, int.Parse(e.Values[0], CultureInfo.InvariantCulture)))];

    /// <summary>The code of a guest.</summary>
    public static byte[] Guest(string name) =>
        [
            .. Entries("guests")
                .Single(e => e.Name == name)
                .Values.Select(static v => byte.Parse(v.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
        ];

    private static IEnumerable<(string Name, string[] Values)> Entries(string list)
    {
        using var stream = typeof(SharedText).Assembly.GetManifestResourceStream(list)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal))
                continue;
            var parts = line[(line.IndexOf('(', StringComparison.Ordinal) + 1)..].TrimEnd(')').Split(", ");
            yield return (parts[0], parts[1..]);
        }
    }
}
