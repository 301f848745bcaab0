using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using VmcsGen.Tool.Comparison;

namespace VmcsGen.Tool.Output;

/// <summary>What a comparison of specs with headers found, as SARIF 2.1.0.</summary>
internal static class SpecFindingSarif
{
    private static readonly (FindingKind Kind, string Text)[] s_rules =
    [
        (FindingKind.Missing, "The header has an item that the specs do not have."),
        (FindingKind.Different, "An item is another one in the header."),
        (FindingKind.Refused, "A part of a spec cannot be understood."),
        (FindingKind.Newer, "The specs have an item that the header does not have."),
        (FindingKind.LeftOut, "The header has an item that is left out on purpose."),
        (FindingKind.NotExpressible, "The header has an item that specs cannot say."),
    ];

    /// <summary>Writes it.</summary>
    public static void Write(Stream stream, IReadOnlyList<SpecFinding> findings)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json);
        json.WriteStartArray("results");
        foreach (var finding in findings)
            WriteResult(json, finding);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "vmcsgen verify");
        json.WriteStartArray("rules");
        foreach (var (kind, text) in s_rules)
        {
            json.WriteStartObject();
            json.WriteString("id", kind.ToString());
            json.WriteStartObject("shortDescription");
            json.WriteString("text", text);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, SpecFinding finding)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Kind.ToString());
        json.WriteNumber("ruleIndex", Array.FindIndex(s_rules, rule => rule.Kind == finding.Kind));
        json.WriteString("level", finding.IsDifference ? "error" : "note");
        json.WriteStartObject("message");
        json.WriteString(
            "text",
            finding.Text.Length == 0 ? $"{finding.Item}: {s_rules[(int)finding.Kind].Text}" : $"{finding.Item}: {finding.Text}"
        );
        json.WriteEndObject();
        if ((finding.Path ?? finding.Header?.Header) is { } path)
        {
            json.WriteStartArray("locations");
            json.WriteStartObject();
            json.WriteStartObject("physicalLocation");
            json.WriteStartObject("artifactLocation");
            json.WriteString("uri", path.Replace('\\', '/'));
            json.WriteEndObject();
            json.WriteStartObject("region");
            json.WriteNumber("startLine", finding.Path is null ? finding.Header!.Value.Line : finding.Line);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
