using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace VmcsGen.Tool.TraceFiles;

/// <summary>
/// How a kernel records an event: the content of <c>events/kvm/kvm_exit/format</c> below a tracefs (Documentation/trace/events.rst).
/// </summary>
/// <param name="Name">The trace point: <c>kvm_exit</c>.</param>
/// <param name="Id">The number that each record begins with.</param>
/// <param name="Fields">The fields by name.</param>
/// <param name="Names">Names that the text gives to values; of several lists of names each.</param>
internal sealed partial record EventFormat(
    string Name,
    ushort Id,
    IReadOnlyDictionary<string, EventField> Fields,
    IReadOnlyList<IReadOnlyDictionary<ulong, string>> Names
)
{
    // The number that each record begins with is one of its fields.
    private const string IdField = "common_type";

    /// <summary>Reads a format file.</summary>
    /// <returns>The format; null if the text is none.</returns>
    public static EventFormat? Read(string text)
    {
        if (NameLine().Match(text) is not { Success: true } name || IdLine().Match(text) is not { Success: true } id)
            return null;
        if (!ushort.TryParse(id.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        var fields = new Dictionary<string, EventField>(StringComparer.Ordinal);
        foreach (Match line in FieldLine().Matches(text))
        {
            if (Number(line.Groups["offset"]) is { } offset && Number(line.Groups["size"]) is { } size)
                fields[line.Groups["name"].Value] = new(line.Groups["name"].Value, offset, size);
        }
        var lists = NameList().Matches(text).Select(static list => ReadNames(list.Groups[1].Value));
        return fields.ContainsKey(IdField) ? new(name.Groups[1].Value, number, fields, [.. lists]) : null;
    }

    /// <summary>The value of a field in a record; null if there is none.</summary>
    /// <param name="record">The record.</param>
    /// <param name="names">The field, by the name that it has or once had.</param>
    public ulong? Value(ReadOnlySpan<byte> record, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!Fields.TryGetValue(name, out var field))
                continue;
            if (field.Offset > record.Length - field.Size)
                return null;
            var bytes = record.Slice(field.Offset, field.Size);
            return field.Size switch
            {
                1 => bytes[0],
                2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
                4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
                8 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
                _ => null,
            };
        }
        return null;
    }

    private static int? Number(Group digits) =>
        int.TryParse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    // Values are sums as C has them: 0x040 + 14.
    private static Dictionary<ulong, string> ReadNames(string list)
    {
        var names = new Dictionary<ulong, string>();
        foreach (Match pair in NamePair().Matches(list))
        {
            var terms = pair.Groups["value"].Value.Split('+', StringSplitOptions.TrimEntries).Select(Term).ToArray();
            if (terms.All(static term => term is not null))
                names.TryAdd(terms.Aggregate(0ul, static (sum, term) => unchecked(sum + term!.Value)), pair.Groups["name"].Value);
        }
        return names;
    }

    private static ulong? Term(string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)
                ? hex
                : null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? (ulong)number
                : null;

    [GeneratedRegex(@"^name: (\w+)\s*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex NameLine();

    [GeneratedRegex(@"^ID: (\d+)\s*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex IdLine();

    [GeneratedRegex(
        @"^\s*field:[^;\n]*?(?<name>\w+)(?:\[[^;\n\]]*\])?;\s*offset:(?<offset>\d+);\s*size:(?<size>\d+);",
        RegexOptions.Multiline | RegexOptions.CultureInvariant
    )]
    private static partial Regex FieldLine();

    [GeneratedRegex(@"__print_symbolic\([^{}""]*,((?:\s*\{[^{}""]*""[^""]*""\s*\},?)+)\s*\)", RegexOptions.CultureInvariant)]
    private static partial Regex NameList();

    [GeneratedRegex(@"\{\s*(?<value>[^{}"",]+?)\s*,\s*""(?<name>[^""]*)""\s*\}", RegexOptions.CultureInvariant)]
    private static partial Regex NamePair();
}
