using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace VmcsGen.Tool.Output;

/// <summary>Writes findings as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format).</summary>
internal static class Sarif
{
    /// <summary>Writes a log with one run.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<SarifRule> rules, IEnumerable<SarifResult> results)
    {
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json, rules);
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("results");
        foreach (var result in results)
            Write(json, rules, result);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, IReadOnlyList<SarifRule> rules)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "vmcsgen");
        json.WriteStartArray("rules");
        foreach (var rule in rules)
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            WriteText(json, "shortDescription", rule.Text);
            if (rule.FullText is not null)
                WriteText(json, "fullDescription", rule.FullText);
            if (rule.Help is not null)
                json.WriteString("helpUri", rule.Help);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<SarifRule> rules, SarifResult result)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", result.RuleId);
        json.WriteNumber("ruleIndex", rules.TakeWhile(rule => rule.Id != result.RuleId).Count());
        json.WriteString("level", result.Level);
        WriteText(json, "message", result.Text);
        if (result.Place is { } place)
            Write(json, place);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SarifPlace place)
    {
        json.WriteStartArray("locations");
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", UriOf(place.Path));
        json.WriteEndObject();
        json.WriteStartObject("region");
        json.WriteNumber("startLine", place.Line);
        if (place.Columns is var (start, endLine, end))
        {
            json.WriteNumber("startColumn", start);
            json.WriteNumber("endLine", endLine);
            json.WriteNumber("endColumn", end);
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    // Relative paths are relative to where CI runs.
    private static string UriOf(string path) =>
        string.Join('/', path.Replace('\\', '/').Split('/').Select(Uri.EscapeDataString)) is var escaped && path.StartsWith('/')
            ? $"file://{escaped}"
            : escaped;
}
