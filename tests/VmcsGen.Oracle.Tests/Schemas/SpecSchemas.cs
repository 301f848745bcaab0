using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NJsonSchema;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Schemas;

/// <summary>The JSON schemas that the specs name, as editors apply them.</summary>
internal static partial class SpecSchemas
{
    private const string Suffix = ".schema.json";

    private static readonly ConcurrentDictionary<string, JsonSchema> Loaded = [];

    /// <summary>The kinds that have a schema.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    [
        .. Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "spec/schema"), "*" + Suffix)
            .Select(static path => Path.GetFileName(path)[..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The path of a kind's schema, from the root of the repository.</summary>
    public static string PathOf(string kind) => $"spec/schema/{kind}{Suffix}";

    /// <summary>What a schema has against a document: nothing if it is valid.</summary>
    public static IReadOnlyList<string> Validate(string kind, string json)
    {
        var errors = Loaded.GetOrAdd(kind, Load).Validate(LargeNumber().Replace(json, $"{long.MaxValue}"));
        return [.. errors.Select(static error => $"{error.Path}: {error.Kind}")];
    }

    private static JsonSchema Load(string kind)
    {
        var schema = Spell(JsonNode.Parse(Specs.Text(PathOf(kind))))!;
        return JsonSchema.FromJsonAsync(schema.ToJsonString()).GetAwaiter().GetResult();
    }

    // The validator does not know some words of draft 7: they are spelt out in older ones that mean the same.
    private static JsonNode? Spell(JsonNode? node)
    {
        if (node is JsonArray array)
            return new JsonArray([.. array.Select(Spell)]);
        if (node is not JsonObject given)
            return node?.DeepClone();

        var spelt = new JsonObject();
        foreach (var (key, value) in given)
        {
            if (key == "const")
                spelt["enum"] = new JsonArray(value?.DeepClone());
            else if (key == "properties" && value is JsonObject properties)
                spelt[key] = new JsonObject(properties.Select(static p => KeyValuePair.Create(p.Key, Subschema(p.Value))));
            else
                spelt[key] = Spell(value);
        }
        if (given["propertyNames"] is { } names)
        {
            spelt.Remove("propertyNames");
            spelt["patternProperties"] = new JsonObject { [(string)names["pattern"]!] = spelt["additionalProperties"]?.DeepClone() };
            spelt["additionalProperties"] = false;
        }
        return spelt;
    }

    // The validator cannot compare numbers beyond the range of a long, and no schema has a limit out there.
    [GeneratedRegex("(?<=:)[0-9]{19,20}(?=[,}])")]
    private static partial Regex LargeNumber();

    // The schema that nothing matches.
    private static JsonNode? Subschema(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.False ? new JsonObject { ["not"] = new JsonObject() } : Spell(node);
}
