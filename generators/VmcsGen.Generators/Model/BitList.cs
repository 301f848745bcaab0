using System.Globalization;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Model;

/// <summary>Reads bits of a 64-bit value: <c>3</c>, <c>8-15</c>, or a list of these.</summary>
internal static class BitList
{
    /// <summary>The bits as a mask, at the last one's token; null when the key is absent.</summary>
    public static Spot<ulong>? Read(MapReader map, string key)
    {
        Spot<ulong>? mask = null;
        foreach (var bits in map.Texts(key, orBits: true))
        {
            var isBit = MapReader.TryParseNumber(bits.Value, out var bit) && bit <= 63;
            var (low, high) = ((int)bit, (int)bit);
            if (isBit || TryParseRange(map, bits, out low, out high))
                mask = new((mask?.Value ?? 0) | ulong.MaxValue >> (63 - high + low) << low, bits.At);
            else if (!map.Failed)
                map.Fail(
                    DiagnosticIds.WrongValue,
                    bits.At,
                    $"'{bits.Value}'",
                    key,
                    "a bit or a range lo-hi, the lower bit first, within 0-63",
                    ""
                );
        }
        return mask;
    }

    public static bool TryParseRange(MapReader map, Spot<string> range, out int low, out int high)
    {
        (low, high) = (0, 0);
        var parts = range.Value.Split('-');
        if (parts.Length != 2 || !IsBit(parts[0], out low) || !IsBit(parts[1], out high))
            return false;
        if (low < high)
            return true;
        map.Fail(DiagnosticIds.UnfittingSpec, range.At, $"'{range.Value}' is not a range: it is written lo-hi, the lower bit first");
        return false;
    }

    private static bool IsBit(string text, out int bit) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bit) && bit <= 63;
}
