using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;

namespace VmcsGen.Oracle.Tests.Facts;

/// <summary>Control bits, exit reasons and the other bit layouts and numbers of VMX.</summary>
internal static class VmxFacts
{
    private static readonly Lazy<JsonElement> LazyRoot = new(static () => FactsFile.Read("vmx_controls.json"));

    public static JsonElement Root => LazyRoot.Value;

    /// <summary>An element by its path, as in <c>exit_qualification/mov_cr/fields</c>.</summary>
    public static JsonElement At(string path) => path.Split('/').Aggregate(Root, static (element, name) => element.GetProperty(name));

    /// <summary>The parts of a bit-field.</summary>
    public static IReadOnlyList<PartFact> Parts(string path) => [.. At(path).EnumerateArray().Select(PartFact.Of)];

    /// <summary>The values of an enum.</summary>
    public static IReadOnlyDictionary<string, Int128> Values(string path) => At(path).Deserialize<Dictionary<string, Int128>>()!;

    /// <summary>Where all bit-fields are: the paths of lists whose items tell bits.</summary>
    public static IReadOnlyList<string> PartPaths =>
        [.. Paths(Root, "", static e => e.ValueKind == JsonValueKind.Array && e.EnumerateArray().Any(PartFact.IsPart))];

    /// <summary>Where all enums are: the paths of objects of numbers.</summary>
    public static IReadOnlyList<string> ValuePaths => [.. Paths(Root, "", IsNumbers)];

    private static bool IsNumbers(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
        && element.EnumerateObject().Any()
        && element.EnumerateObject().All(static p => p.Value.ValueKind == JsonValueKind.Number);

    private static IEnumerable<string> Paths(JsonElement element, string path, Func<JsonElement, bool> isWanted)
    {
        if (isWanted(element))
            yield return path;
        else if (element.ValueKind == JsonValueKind.Object)
            foreach (var property in element.EnumerateObject())
            foreach (var found in Paths(property.Value, path.Length == 0 ? property.Name : $"{path}/{property.Name}", isWanted))
                yield return found;
    }
}

/// <summary>A part of a bit-field.</summary>
internal sealed record PartFact(string Name, int Low, int High, string? LinuxName)
{
    public static bool IsPart(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object
        && (item.TryGetProperty("lo", out _) || item.TryGetProperty("bit", out _) || item.TryGetProperty("bits", out _));

    public static PartFact Of(JsonElement item)
    {
        var name = item.GetProperty("name").GetString()!;
        var linux = item.TryGetProperty("names", out var names) ? LinuxNames.Of(names.Deserialize<Dictionary<string, string>>()!) : null;
        if (item.TryGetProperty("bit", out var bit))
            return new(name, bit.GetInt32(), bit.GetInt32(), linux);
        if (item.TryGetProperty("lo", out var low))
            return new(name, low.GetInt32(), item.GetProperty("hi").GetInt32(), linux);
        var bits = item.GetProperty("bits").GetString()!.Split(':');
        return new(name, int.Parse(bits[^1], CultureInfo.InvariantCulture), int.Parse(bits[0], CultureInfo.InvariantCulture), linux);
    }
}
