using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Tool.Output;

/// <summary>Writes mistakes as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format).</summary>
internal static class Sarif
{
    /// <summary>Writes a log with one run.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<Diagnostic> mistakes)
    {
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json, mistakes);
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("results");
        foreach (var mistake in mistakes)
            Write(json, mistake);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, IReadOnlyList<Diagnostic> mistakes)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "vmcsgen");
        json.WriteStartArray("rules");
        foreach (var rule in mistakes.Select(static one => one.Descriptor).DistinctBy(static one => one.Id))
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            WriteText(json, "shortDescription", rule.Title.ToString(CultureInfo.InvariantCulture));
            WriteText(json, "fullDescription", rule.Description.ToString(CultureInfo.InvariantCulture));
            if (rule.HelpLinkUri.Length != 0)
                json.WriteString("helpUri", rule.HelpLinkUri);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Diagnostic mistake)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", mistake.Id);
        json.WriteString("level", mistake.Severity == DiagnosticSeverity.Error ? "error" : "warning");
        WriteText(json, "message", mistake.GetMessage(CultureInfo.InvariantCulture));
        json.WriteStartArray("locations");
        var place = mistake.Location.GetLineSpan();
        if (place.Path.Length != 0)
        {
            json.WriteStartObject();
            json.WriteStartObject("physicalLocation");
            json.WriteStartObject("artifactLocation");
            json.WriteString("uri", UriOf(place.Path));
            json.WriteEndObject();
            json.WriteStartObject("region");
            json.WriteNumber("startLine", place.StartLinePosition.Line + 1);
            json.WriteNumber("startColumn", place.StartLinePosition.Character + 1);
            json.WriteNumber("endLine", place.EndLinePosition.Line + 1);
            json.WriteNumber("endColumn", place.EndLinePosition.Character + 1);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
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
