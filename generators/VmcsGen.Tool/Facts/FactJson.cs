using System.Collections.Generic;
using System.Text.Json;

namespace VmcsGen.Tool.Facts;

/// <summary>What a look-up found, for a program.</summary>
internal static class FactJson
{
    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, IEnumerable<Fact> facts)
    {
        json.WriteStartObject();
        json.WriteStartArray("found");
        foreach (var fact in facts)
            Write(json, fact);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Fact fact)
    {
        json.WriteStartObject();
        json.WriteString("kind", fact.Kind);
        json.WriteString("name", fact.Name);
        json.WriteString("nativeName", fact.NativeName);
        json.WriteString("manualName", fact.ManualName);
        if (fact.Number is { } number)
            json.WriteString("number", $"0x{number:X}");
        json.WriteString("group", fact.Group);
        json.WriteString("summary", fact.Summary);
        json.WriteStartArray("details");
        foreach (var (subject, text) in fact.Details)
        {
            json.WriteStartObject();
            json.WriteString("subject", subject);
            json.WriteString("text", text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("table");
        foreach (var row in fact.Table())
        {
            json.WriteStartArray();
            foreach (var cell in row)
                json.WriteStringValue(cell);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
