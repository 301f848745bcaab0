using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Oracle.Tests.Schemas;

/// <summary>
/// The schemas and the generator's reader accept the same documents: an editor neither flags what builds nor passes over a
/// structural mistake.
/// </summary>
public sealed class AgreementTests(ITestOutputHelper output)
{
    // What takes arithmetic, or a look at other keys or items, a schema cannot say.
    private static readonly string[] BeyondSchemas =
    [
        "VMCS0009",
        "VMCS0010",
        "VMCS0011",
        "VMCS0012",
        "VMCS0013",
        "VMCS0014",
        "VMCS0015",
        "VMCS0016",
        "VMCS0017",
        "VMCS0018",
        "VMCS0019",
        "VMCS0020",
        "VMCS0021",
        "VMCS0022",
        "VMCS0023",
        "VMCS0024",
        "VMCS0025",
        "VMCS0026",
        "VMCS0040",
        "VMCS0041",
        "VMCS0042",
        "VMCS0043",
        "VMCS0044",
    ];

    private static readonly string[] Values =
    [
        "0",
        "1",
        "8",
        "63",
        "64",
        "255",
        "256",
        "4294967295",
        "4294967296",
        "18446744073709551615",
        "-1",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        "\"\"",
        "\"A\"",
        "\"a_b\"",
        "\"A.B\"",
        "\"A-B\"",
        "\"A B\"",
        "\"2nd\"",
        "\"class\"",
        "\"A.class\"",
        "\"é\"",
        "\"1\"",
        "\"0x10\"",
        "\"true\"",
        "\"0-3\"",
        "\"3-0\"",
        "\"0-64\"",
        "\"public\"",
        "\"vm\"",
        "\"none\"",
        "\"ref\"",
        "\"enum\"",
        "\"__u64\"",
        "\"__u64[3]\"",
        "\"u64\"",
        "\"struct a\"",
        "\"EINVAL\"",
        "[\"A\"]",
        "[\"\"]",
        "[1]",
        "[\"A\", []]",
        "[\"vm\", \"vm\"]",
        "[\"vm\", \"cpu\"]",
        "[{}]",
    ];

    public static TheoryData<string> Kinds => [.. SpecSchemas.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Schema_and_reader_agree_about_every_change_of_a_document_that_uses_every_key(string kind)
    {
        var example = JsonNode.Parse(YamlAsJson.Convert(SchemaExamples.ByKind[kind]))!;
        string[] values = [.. Values, $"\"{new string('a', 200)}\"", $"\"{new string('a', 201)}\"", $"\"{new string('a', 10_001)}\""];
        var documents = (
            from value in values
            from copy in JsonMutations.Each<JsonValue>(example, node => node.ReplaceWith(JsonNode.Parse(value)))
            select (Change: $"{copy.Path} = {(value.Length > 40 ? $"{value.Length} characters" : value)}", copy.Json)
        )
            .Concat(
                JsonMutations.Each<JsonArray>(example, static array => array.ReplaceWith("x")).Select(static c => (c.Path + " = x", c.Json))
            )
            .Concat(JsonMutations.Each<JsonArray>(example, static array => array.Clear()).Select(static c => (c.Path + " emptied", c.Json)))
            .Concat(
                JsonMutations
                    .Each<JsonObject>(example, static o => o.Add("nmae", "x"))
                    .Select(static c => (c.Path + " with another key", c.Json))
            )
            .Concat(Removals(example))
            .ToArray();
        output.WriteLine($"{documents.Length} documents");
        Listing.AssertEmpty(
            documents.Select(d => Disagreement(kind, d.Item1, d.Json)).Where(static d => d is not null).Select(static d => d!),
            "disagreements"
        );
    }

    [Fact]
    public void Reader_takes_what_editors_read_as_YAML()
    {
        Assert.Equal("VMCS0007", Assert.Single(Mistakes("kind: msrs\nmsrs: [{ name: A, index: 1, since: 6.10 }]")));
        Assert.Empty(Mistakes("kind: msrs\nmsrs: [{ name: A, index: 0x1, since: \"6.10\" }]"));
        Assert.Empty(Mistakes("kind: enums\nenums: [{ name: A, size: 0x20, flags: True, values: [] }]"));
        Assert.Empty(
            Mistakes("kind: kvm-constants\ngroups: [{ name: A, form: flags, values: [{ name: B_C, value: (1 << 3) | ~0xF & 16 }] }]")
        );
    }

    private static IEnumerable<(string Change, string Json)> Removals(JsonNode example)
    {
        for (var i = 0; i < 12; i++)
        {
            var index = i;
            foreach (
                var (path, json) in JsonMutations.Each<JsonObject>(
                    example,
                    o =>
                    {
                        if (index < o.Count)
                            o.RemoveAt(index);
                    }
                )
            )
                yield return ($"{path} without key {index}", json);
        }
    }

    private static string? Disagreement(string kind, string change, string json)
    {
        if (Validate(kind, json) is not { } schema)
            return null;
        var reader = Mistakes(json);
        var agree = schema.Count == 0 ? !reader.Except(BeyondSchemas).Any() : reader.Count > 0;
        return agree
            ? null
            : $"{change}: the schema says {(schema.Count == 0 ? "yes" : string.Join(" ", schema))}, the reader {(reader.Count == 0 ? "yes" : string.Join(" ", reader))}";
    }

    // The validator itself fails on some lists within lists, which the reader refuses.
    private static IReadOnlyList<string>? Validate(string kind, string json)
    {
        try
        {
            return SpecSchemas.Validate(kind, json);
        }
        catch (InvalidCastException)
        {
            Assert.NotEmpty(Mistakes(json));
            return null;
        }
    }

    // JSON is YAML.
    private static IReadOnlyList<string> Mistakes(string json) => SpecMistakes.Of(json);
}
