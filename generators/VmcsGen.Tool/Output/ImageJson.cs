using System.Collections.Generic;
using System.Text.Json;
using VmcsGen.Tool.Images;

namespace VmcsGen.Tool.Output;

/// <summary>What an image holds, for a program.</summary>
internal static class ImageJson
{
    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, ImageKind kind, IReadOnlyList<DecodedPart> parts)
    {
        json.WriteStartObject();
        json.WriteString("kind", ImageReader.Name(kind));
        json.WriteStartArray("parts");
        foreach (var part in parts)
        {
            json.WriteStartObject();
            json.WriteString("title", part.Title);
            json.WriteStartArray("values");
            foreach (var value in part.Values)
            {
                json.WriteStartObject();
                json.WriteString("name", value.Name);
                json.WriteNumber("byte", value.Offset);
                json.WriteString("value", value.Value);
                json.WriteString("words", value.Words);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (part.Finding is { } finding)
                FindingJson.Write(json, finding);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
