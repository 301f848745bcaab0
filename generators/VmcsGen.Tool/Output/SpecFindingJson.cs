using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Output;

/// <summary>What a comparison of specs with headers found, for a program.</summary>
internal static class SpecFindingJson
{
    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, CInterface header, IReadOnlyList<SpecFinding> findings)
    {
        json.WriteStartObject();
        json.WriteNumber("structs", header.Records.Count);
        json.WriteNumber("ioctls", header.Ioctls.Count);
        json.WriteNumber("constants", header.Constants.Count);
        json.WriteNumber("differences", findings.Count(static finding => finding.IsDifference));
        json.WriteStartArray("findings");
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(finding.Kind.ToString()));
            json.WriteString("item", finding.Item);
            if (finding.Text.Length > 0)
                json.WriteString("text", finding.Text);
            if (finding.Path is not null)
            {
                json.WriteString("spec", finding.Path);
                json.WriteNumber("line", finding.Line);
            }
            if (finding.Header is { } place)
            {
                json.WriteString("header", place.Header);
                json.WriteNumber("headerLine", place.Line);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
