using System;
using System.Linq;

namespace VmcsGen.Generators.Specs;

/// <summary>Numbers as C writes them, where that is not how specs do.</summary>
internal static class CNumber
{
    /// <summary>Reads a number that begins with a zero, as C does: 0100 is 64.</summary>
    public static bool TryParseOctal(string text, out ulong value)
    {
        value = 0;
        // 22 digits hold 64 bits.
        if (text.Length is < 2 or > 22 || text[0] != '0' || !text.All(static c => c is >= '0' and <= '7'))
            return false;
        foreach (var digit in text)
            value = (value << 3) | (uint)(digit - '0');
        return true;
    }

    /// <summary>What to write instead of an octal number.</summary>
    public static string OctalHint(string text, ulong value) =>
        FormattableString.Invariant($"In C, {text} is octal: write {value}, or {text.TrimStart('0').PadLeft(1, '0')} if that is meant.");
}
