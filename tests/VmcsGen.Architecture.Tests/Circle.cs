using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Architecture.Tests;

/// <summary>Finds rooms or projects that use each other in a circle.</summary>
internal static class Circle
{
    /// <summary>The members of a circle, or null when there is none.</summary>
    public static string? In(IReadOnlyDictionary<string, string[]> uses)
    {
        var left = uses.ToDictionary(static line => line.Key, static line => line.Value.ToHashSet());
        while (left.Count > 0)
        {
            var free = left.Where(line => !line.Value.Any(left.ContainsKey)).Select(static line => line.Key).ToArray();
            if (free.Length == 0)
                return string.Join(", ", left.Keys);
            foreach (var name in free)
                left.Remove(name);
        }
        return null;
    }
}
