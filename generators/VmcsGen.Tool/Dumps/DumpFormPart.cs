using System;
using System.Globalization;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Dumps;

/// <summary>A word of a line, or the place of a value.</summary>
/// <param name="Literal">The word; null for a value.</param>
/// <param name="Field">The field whose value it is; null where none is.</param>
/// <param name="Shift">Lowest bit of the field that is printed here.</param>
/// <param name="Bits">Bits that are printed here; 0 for words that mean nothing.</param>
internal readonly record struct DumpFormPart(string? Literal, VmcsField? Field, int Shift, int Bits)
{
    /// <summary>Whether it stands for any words.</summary>
    public bool IsWords => Literal is null && Bits == 0;

    /// <summary>A word.</summary>
    public static DumpFormPart Word(string word) => new(word, null, 0, 0);

    /// <summary>The place of a field's value.</summary>
    public static DumpFormPart Value(VmcsField field) => new(null, field, 0, 8 * field.Size);

    /// <summary>Reads a value as it is printed: hexadecimal, with or without 0x.</summary>
    public static bool TryRead(string text, out ulong value)
    {
        var digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text;
        value = 0;
        return digits.Length <= 16 && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
