using System;
using System.Globalization;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>Numbers as specs write them.</summary>
internal static class SpecNumber
{
    /// <summary>Reads one.</summary>
    public static bool TryParse(string text, out Int128 number) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? Int128.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number) && number >= 0
            : Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
