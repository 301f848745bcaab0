using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Text.Json.Nodes;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Facts;

/// <summary>
/// VMCSs in memory, of a compiled kvm-intel.ko: where its BTF has members, and which encodings its tables lead to them. The rest of
/// <c>vmcs12.json</c> and <c>evmcs.json</c> is from headers and comments, and stays as it stands.
/// </summary>
internal static class LayoutRecord
{
    // Since Linux 7 the second is filled while the module starts, with what the processor supports of the first.
    private static readonly string[] s_vmcs12Tables = ["kvm_supported_vmcs12_field_offsets", "vmcs12_field_offsets"];

    /// <summary>A layout of <c>vmcs12.json</c>.</summary>
    public static JsonObject Vmcs12(JsonObject file, string key, string name, KernelModule module)
    {
        var layout = module.Struct("vmcs12");
        var table = module.Variable(s_vmcs12Tables);
        var encodings = Places(table, sizeof(ushort))
            .ToLookup(static place => (int)place.Word, static place => (place.Encoding, (string?)null));
        file[key] = new JsonObject
        {
            ["kernel"] = name,
            ["struct_size"] = layout.Size,
            ["fields"] = Members(layout, encodings),
        };
        return file;
    }

    /// <summary><c>evmcs.json</c>.</summary>
    public static JsonObject Enlightened(JsonObject file, string name, KernelModule module)
    {
        var layout = module.Struct("hv_enlightened_vmcs");
        var table = module.Variable(["vmcs_field_to_evmcs_1"]);
        var groups = file["clean_groups"]!.AsObject().ToDictionary(static group => Mask(group.Value!), static group => group.Key);
        groups[ushort.MaxValue] = "ALL";
        var encodings = Places(table, 2 * sizeof(ushort))
            .ToLookup(static place => (int)(place.Word & 0xFFFF), place => (place.Encoding, (string?)groups[place.Word >> 16]));
        file["kernel"] = name;
        file["struct_size"] = layout.Size;
        file["fields"] = Members(layout, encodings);
        return file;
    }

    private static uint Mask(JsonNode group) => group["bit"] is { } bit ? 1u << bit.GetValue<int>() : 0;

    // Both tables have an entry at the encoding rotated by six bits, and zeros where no field is.
    private static IEnumerable<(ushort Encoding, uint Word)> Places(byte[] table, int size)
    {
        for (var i = 0; i < table.Length / size; i++)
        {
            var entry = table.AsSpan(i * size, size);
            var word =
                size == sizeof(ushort) ? BinaryPrimitives.ReadUInt16LittleEndian(entry) : BinaryPrimitives.ReadUInt32LittleEndian(entry);
            if (word != 0)
                yield return ((ushort)(((i << 10) | (i >> 6)) & 0xFFFF), word);
        }
    }

    private static JsonArray Members(CRecord layout, ILookup<int, (ushort Encoding, string? Group)> encodings)
    {
        var members = new JsonArray();
        foreach (var member in layout.Members)
        {
            var offset = member.Offset / 8;
            var fact = new JsonObject
            {
                ["name"] = member.Name,
                ["offset"] = offset,
                ["size"] = member.Size,
            };
            var all = Enumerable
                .Range(offset, member.Size)
                .SelectMany(place => encodings[place].Select(one => Encoding(one.Encoding, place, one.Group)))
                .ToArray<JsonNode>();
            if (all.Length > 0)
                fact["encodings"] = new JsonArray(all);
            members.Add((JsonNode)fact);
        }
        return members;
    }

    private static JsonObject Encoding(ushort encoding, int offset, string? group)
    {
        var fact = new JsonObject { ["encoding"] = string.Create(CultureInfo.InvariantCulture, $"0x{encoding:x}") };
        if (group is null)
            fact["offset"] = offset;
        else
            fact["clean_group"] = group;
        return fact;
    }
}
