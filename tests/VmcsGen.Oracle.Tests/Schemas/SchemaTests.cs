using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Schemas;

/// <summary>The schemas accept what is right and reject what is wrong, at every place of a document that uses every key.</summary>
public sealed class SchemaTests(ITestOutputHelper output)
{
    private static readonly string[] Values = ["12345678901", "\"? ?\"", "true", "[]", "{}", "null"];

    public static TheoryData<string> Kinds => [.. SpecSchemas.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_document_with_every_key_is_valid(string kind) =>
        Listing.AssertEmpty(SpecSchemas.Validate(kind, Example(kind).ToJsonString()), kind);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_document_has_every_key_of_the_schema(string kind) =>
        Listing.AssertEmpty(
            KeysOf(JsonNode.Parse(Specs.Text(SpecSchemas.PathOf(kind)))).Except(KeysIn(Example(kind))),
            "keys that no test breaks"
        );

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_misspelt_key_is_rejected_everywhere(string kind)
    {
        var broken = JsonMutations.Each<JsonObject>(Example(kind), static o => o.Add("nmae", "x")).ToArray();
        output.WriteLine($"{broken.Length} places");
        Listing.AssertEmpty(broken.Where(b => IsValid(kind, b.Json)).Select(static b => b.Path), "places that take any key");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_value_of_another_type_is_rejected_everywhere(string kind)
    {
        var broken = (
            from value in Values
            let wrong = JsonNode.Parse(value)
            from copy in JsonMutations.Each<JsonValue>(Example(kind), node => Replace(node, wrong))
            select (copy.Path, copy.Json, Value: value)
        ).ToArray();
        output.WriteLine($"{broken.Length} values");
        Listing.AssertEmpty(broken.Where(b => IsValid(kind, b.Json)).Select(static b => $"{b.Path} = {b.Value}"), "values that are taken");
    }

    private static JsonNode Example(string kind) => JsonNode.Parse(YamlAsJson.Convert(SchemaExamples.ByKind[kind]))!;

    private static bool IsValid(string kind, string json) => SpecSchemas.Validate(kind, json).Count == 0;

    // null is wrong everywhere.
    private static void Replace(JsonValue node, JsonNode? wrong) => node.ReplaceWith(IsSameType(node, wrong) ? null : wrong?.DeepClone());

    private static bool IsSameType(JsonValue value, JsonNode? other) =>
        other is not null
        && (value.GetValueKind(), other.GetValueKind()) is var (one, two)
        && (one == two || (one == JsonValueKind.False && two == JsonValueKind.True));

    private static IEnumerable<string> KeysOf(JsonNode? schema) =>
        schema switch
        {
            JsonObject o => o.SelectMany(static p =>
                p is { Key: "properties", Value: JsonObject keys }
                    ? keys.SelectMany(static k => KeysOf(k.Value).Prepend(k.Key))
                    : KeysOf(p.Value)
            ),
            JsonArray a => a.SelectMany(KeysOf),
            _ => [],
        };

    private static IEnumerable<string> KeysIn(JsonNode? document) =>
        document switch
        {
            JsonObject o => o.SelectMany(static p => KeysIn(p.Value).Prepend(p.Key)),
            JsonArray a => a.SelectMany(KeysIn),
            _ => [],
        };
}
