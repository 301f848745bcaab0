using System;
using System.Linq;

namespace VmcsGen.Tool.Comparison;

/// <summary>Constants that count others: they grow with what they count.</summary>
internal static class Counts
{
    private static readonly string[] s_ends = ["_MAX", "_COUNT", "_NR", "_NUM", "_LAST", "_END"];

    /// <summary>Whether a name says so.</summary>
    public static bool Is(string name) => s_ends.Any(end => name.EndsWith(end, StringComparison.Ordinal));
}
