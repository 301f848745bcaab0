using System;
using System.Collections.Generic;

namespace VmcsGen.Generators.Diagnostics;

/// <summary>Finds what the author probably meant.</summary>
internal static class Suggestion
{
    /// <summary>The sentence " Did you mean 'x'?", or nothing when no candidate is near.</summary>
    public static string For(string word, IEnumerable<string> candidates) =>
        Nearest(word, candidates) is { } best ? $" Did you mean '{best}'?" : "";

    /// <summary>The candidate that is nearest to a word, if one is near. The word itself was not meant.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = Math.Max(1, word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            if (candidate == word)
                continue;
            var distance = Distance(word, candidate, bestDistance);
            if (distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }
        return best;
    }

    // Levenshtein distance without regard to case, given up once it reaches the limit.
    private static int Distance(string a, string b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) >= limit || a.Length > 128)
            return limit;
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            var least = row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                var value = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + cost);
                diagonal = row[j];
                row[j] = value;
                least = Math.Min(least, value);
            }
            if (least >= limit)
                return limit;
        }
        return row[b.Length];
    }
}
