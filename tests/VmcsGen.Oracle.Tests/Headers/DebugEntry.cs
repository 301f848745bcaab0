using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>An entry of a compiler's debug information (DWARF): a type, a member, an enumerator.</summary>
/// <param name="Tag">What the entry is, without DW_TAG_.</param>
internal sealed record DebugEntry(string Tag)
{
    /// <summary>The entry's attributes as text, without DW_AT_.</summary>
    public Dictionary<string, string> Attributes { get; } = [];

    public List<DebugEntry> Children { get; } = [];

    public string? Name => Attributes.GetValueOrDefault("name");

    public bool IsStruct => Tag is "structure_type" or "union_type";

    public bool IsBitField => Attributes.ContainsKey("bit_size");

    /// <summary>The offset that another entry refers to this one's type by.</summary>
    public int? TypeReference =>
        Attributes.TryGetValue("type", out var text)
            ? int.Parse(text.Trim('<', '>')[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : null;

    public int? File => Attributes.TryGetValue("decl_file", out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>For an array: whether its length is missing or zero.</summary>
    public bool IsFlexible =>
        Children.Any(static c =>
            c.Tag == "subrange_type" && !c.Attributes.ContainsKey("upper_bound") && c.Attributes.GetValueOrDefault("count", "0") == "0"
        );
}
