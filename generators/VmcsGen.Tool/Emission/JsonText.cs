using System.Linq;
using System.Text.Json;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Units;

namespace VmcsGen.Tool.Emission;

/// <summary>Writes all that is emitted as JSON, with every number computed.</summary>
internal static class JsonText
{
    /// <summary>Writes it. Numbers beyond 2^53 and bit masks are hexadecimal texts.</summary>
    public static void Write(Utf8JsonWriter json, EmitSet set)
    {
        json.WriteStartObject();
        json.WriteStartArray("constants");
        foreach (var one in set.Constants)
        {
            json.WriteStartObject();
            json.WriteString("name", one.Name);
            json.WriteString("value", one.Text ?? one.Number);
            WriteDoc(json, one.Doc);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("structs");
        foreach (var one in set.Structs)
        {
            if (set.Specs.FindStruct(one.Name) is { } shape)
                Write(json, set, shape);
            else if (set.Specs.Units.OfType<LayoutUnit>().FirstOrDefault(unit => EmitStructs.Of(unit).Name == one.Name) is { } layout)
                Write(json, layout);
        }
        json.WriteEndArray();
        json.WriteStartArray("ioctls");
        foreach (var (item, request) in set.Ioctls)
        {
            json.WriteStartObject();
            json.WriteString("name", item.Name.Value);
            json.WriteString("request", $"0x{request:X8}");
            json.WriteStartArray("descriptors");
            foreach (var owner in item.On)
                json.WriteStringValue(owner.Name.Value);
            json.WriteEndArray();
            json.WriteString("argument", item.Argument?.Value);
            json.WriteString("capability", item.Capability?.Value);
            json.WriteStartObject("errors");
            foreach (var error in item.Errors)
                json.WriteString(error.Errno.Value, error.Text);
            json.WriteEndObject();
            WriteDoc(json, item.Doc.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, EmitSet set, StructShape shape)
    {
        json.WriteStartObject();
        json.WriteString("name", shape.Native);
        json.WriteString("kind", shape.IsUnion ? "union" : "struct");
        json.WriteNumber("size", shape.Size);
        json.WriteNumber("align", shape.Align);
        WriteDoc(json, shape.Doc.Text);
        json.WriteStartArray("members");
        Members(json, set, shape, 0, "");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Members(Utf8JsonWriter json, EmitSet set, StructShape shape, int start, string prefix)
    {
        foreach (var member in shape.Members)
        {
            json.WriteStartObject();
            json.WriteString("name", prefix + member.Native);
            json.WriteNumber("offset", start + member.Offset);
            json.WriteNumber("size", member.Size);
            json.WriteString("type", member.Nested is null ? Specs.CTypeNames.Of(set.Specs, member.CSharpType) : null);
            if (member.Bits is { } bits)
            {
                json.WriteNumber("lowBit", bits.Low);
                json.WriteNumber("bits", bits.Width);
            }
            json.WriteStartArray("lengths");
            foreach (var bound in member.Bounds)
                json.WriteNumberValue(bound);
            json.WriteEndArray();
            WriteDoc(json, member.Doc.Text);
            json.WriteEndObject();
            if (member.Nested is { } inner)
                Members(json, set, inner, start + member.Offset, $"{prefix}{member.Native}.");
        }
        foreach (var array in shape.Flexible)
        {
            json.WriteStartObject();
            json.WriteString("name", $"{prefix}{array.Native}");
            json.WriteNumber("offset", start + array.Offset);
            json.WriteNumber("elementSize", array.ElementSize);
            json.WriteString("type", Specs.CTypeNames.Of(set.Specs, array.CSharpType));
            json.WriteEndObject();
        }
    }

    private static void Write(Utf8JsonWriter json, LayoutUnit layout)
    {
        json.WriteStartObject();
        json.WriteString("name", layout.Doc.Native ?? EmitNames.Snake(layout.Name));
        json.WriteString("kind", "layout");
        json.WriteNumber("size", layout.Size);
        if (layout.Revision is { } revision)
            json.WriteString("revision", $"0x{revision:X}");
        WriteDoc(json, layout.Doc.Text);
        json.WriteStartArray("members");
        foreach (var member in layout.Members)
        {
            json.WriteStartObject();
            json.WriteString("name", member.Doc.Native ?? EmitNames.Snake(member.Name));
            json.WriteNumber("offset", member.Offset);
            json.WriteNumber("size", member.Size);
            if (member.Encoding is { } encoding)
                json.WriteString("field", $"0x{encoding:X4}");
            WriteDoc(json, member.Doc.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteDoc(Utf8JsonWriter json, string? doc)
    {
        if (doc is not null)
            json.WriteString("doc", doc);
    }
}
