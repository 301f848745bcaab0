using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>
/// The items of the built-in specs that a user's spec may refer to. The table itself is emitted into this assembly by
/// the generator's own first build (see VmcsGen.Bootstrap), so that a consumer's build reads no built-in YAML.
/// </summary>
internal static partial class BuiltInSymbols
{
    private static readonly Lazy<Symbol[]> Table = new(static () =>
    {
        var text = "";
        GetTable(ref text);
        return Parse(text);
    });

    public static IReadOnlyList<Symbol> All => Table.Value;

    // Implemented by emitted code; the first build has none and knows no built-in symbols.
    static partial void GetTable(ref string text);

    /// <summary>One symbol a line: kind, name, C# name, size, alignment, value, type, bits.</summary>
    public static string Format(IEnumerable<Symbol> symbols)
    {
        var text = new StringBuilder();
        foreach (var symbol in symbols.OrderBy(static s => s.Kind).ThenBy(static s => s.Name, StringComparer.Ordinal))
        {
            var bits = string.Join(",", symbol.Bits.Select(static b => FormattableString.Invariant($"{b.Name}:{b.Low}:{b.High}")));
            text.Append(FormattableString.Invariant(
                $"{symbol.Kind}|{symbol.Name}|{symbol.CSharp}|{symbol.Size}|{symbol.Align}|{symbol.Value:X}|{symbol.Type}|{bits}\n"));
        }
        return text.ToString();
    }

    public static Symbol[] Parse(string text) =>
        text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(ParseLine).ToArray();

    private static Symbol ParseLine(string line)
    {
        var parts = line.Split('|');
        return new(
            (SymbolKind)Enum.Parse(typeof(SymbolKind), parts[0]),
            parts[1],
            parts[2],
            int.Parse(parts[3], CultureInfo.InvariantCulture),
            int.Parse(parts[4], CultureInfo.InvariantCulture),
            ulong.Parse(parts[5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            parts[6].Length == 0 ? null : parts[6],
            parts[7].Split([','], StringSplitOptions.RemoveEmptyEntries).Select(ParseBit).ToEquatable());
    }

    private static BitSymbol ParseBit(string text)
    {
        var parts = text.Split(':');
        return new(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
    }
}
