using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Tool.Images;

/// <summary>A value that two images have otherwise.</summary>
/// <param name="Part">The part that it is in.</param>
/// <param name="Name">Its name.</param>
/// <param name="Before">What the first image has; null if it has no such value.</param>
/// <param name="After">What the second has; null if it has no such value.</param>
internal sealed record ImageDifference(string Part, string Name, DecodedValue? Before, DecodedValue? After);

/// <summary>What two images have otherwise.</summary>
internal static class ImageDifferences
{
    /// <summary>Compares value by value, each by the title of its part and its name.</summary>
    public static IReadOnlyList<ImageDifference> Find(IReadOnlyList<DecodedPart> before, IReadOnlyList<DecodedPart> after)
    {
        var (left, right) = (ByName(before), ByName(after));
        return
        [
            .. left
                .Keys.Union(right.Keys)
                .Select(key => new ImageDifference(key.Part, key.Name, left.GetValueOrDefault(key), right.GetValueOrDefault(key)))
                .Where(static one => one.Before?.Value != one.After?.Value),
        ];
    }

    // Titles may repeat: two interrupt controllers are two parts.
    private static Dictionary<(string Part, string Name), DecodedValue> ByName(IReadOnlyList<DecodedPart> parts)
    {
        var values = new Dictionary<(string, string), DecodedValue>();
        var titles = new Dictionary<string, int>();
        foreach (var part in parts)
        {
            var number = titles[part.Title] = titles.GetValueOrDefault(part.Title) + 1;
            var title = number == 1 ? part.Title : $"{part.Title} {number}";
            foreach (var value in part.Values)
                values[(title, value.Name)] = value;
        }
        return values;
    }
}
