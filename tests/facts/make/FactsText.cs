using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VmcsGen.Facts;

/// <summary>JSON with a line for each thing: what fits into a line stands in one.</summary>
internal static class FactsText
{
    private const int Longest = 140;

    private static readonly JsonSerializerOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        IndentSize = 0,
        NewLine = "\n",
    };

    /// <summary>The text of a file.</summary>
    public static string Of(JsonObject facts)
    {
        var text = new StringBuilder();
        Write(text, facts, "", isWhole: true);
        return text.Append('\n').ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node, string indent, bool isWhole = false)
    {
        var line = Line(node);
        if (!isWhole && indent.Length + line.Length <= Longest)
        {
            text.Append(line);
            return;
        }
        var inner = indent + ' ';
        var separator = "\n";
        switch (node)
        {
            case JsonObject map:
                text.Append('{');
                foreach (var (name, value) in map)
                {
                    text.Append(separator).Append(inner).Append(Line(JsonValue.Create(name))).Append(": ");
                    Write(text, value, inner);
                    separator = ",\n";
                }
                text.Append('\n').Append(indent).Append('}');
                break;
            case JsonArray list:
                text.Append('[');
                foreach (var value in list)
                {
                    text.Append(separator).Append(inner);
                    Write(text, value, inner);
                    separator = ",\n";
                }
                text.Append('\n').Append(indent).Append(']');
                break;
            default:
                text.Append(line);
                break;
        }
    }

    // The serializer's own lines, put into one, with blanks where people put them.
    private static string Line(JsonNode? node)
    {
        if (node is null)
            return "null";
        var text = node.ToJsonString(s_options);
        return node is JsonObject or JsonArray
            ? text.Replace(",\n", ", ", System.StringComparison.Ordinal).Replace("\n", "", System.StringComparison.Ordinal)
            : text;
    }
}
