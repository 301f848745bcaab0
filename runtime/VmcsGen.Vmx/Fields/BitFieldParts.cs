using System;
using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text;

namespace VmcsGen.Vmx;

/// <summary>What the generated bit-fields share. Meant for generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public static class BitFieldParts
{
    /// <summary>Names the parts that are not zero: <c>EnableEpt, EnableVpid, Level=0x3</c>; unnamed bits follow as a number.</summary>
    /// <param name="raw">The raw value.</param>
    /// <param name="parts">The parts of the bit-field.</param>
    public static string Format(ulong raw, ReadOnlySpan<BitFieldPart> parts)
    {
        var text = new StringBuilder();
        var rest = raw;
        foreach (var part in parts)
        {
            rest &= ~part.Mask;
            // A wide part that is zero may still mean something: the first value of an enum.
            if ((raw & part.Mask) == 0 && part.Low == part.High)
                continue;
            text.Append(text.Length == 0 ? "" : ", ").Append(part.Name);
            if (part.Low != part.High)
                text.Append('=').Append(part.Describe(raw));
        }
        if (rest != 0 || text.Length == 0)
            text.Append(text.Length == 0 ? "" : ", ").Append($"0x{rest:X}");
        return text.ToString();
    }

    /// <summary>Returns the value if it fits into the part.</summary>
    /// <param name="value">The value for the part.</param>
    /// <param name="largest">The largest value that fits.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is larger.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Fit(ulong value, ulong largest)
    {
        if (value > largest)
            ThrowTooLarge(value, largest);
        return value;
    }

    /// <inheritdoc cref="Fit(ulong, ulong)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Fit(uint value, uint largest)
    {
        if (value > largest)
            ThrowTooLarge(value, largest);
        return value;
    }

    /// <summary>Returns the value if it has no bits outside of the part.</summary>
    /// <param name="value">The value, in place: not shifted.</param>
    /// <param name="mask">The bits of the part.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value has other bits set.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FitInPlace(ulong value, ulong mask)
    {
        if ((value & ~mask) != 0)
            ThrowOutside(value, mask);
        return value;
    }

    /// <inheritdoc cref="FitInPlace(ulong, ulong)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FitInPlace(uint value, uint mask)
    {
        if ((value & ~mask) != 0)
            ThrowOutside(value, mask);
        return value;
    }

    private static void ThrowTooLarge(ulong value, ulong largest) =>
        throw new ArgumentOutOfRangeException(nameof(value), $"0x{value:X} does not fit: the largest value of this part is 0x{largest:X}.");

    private static void ThrowOutside(ulong value, ulong mask) =>
        throw new ArgumentOutOfRangeException(nameof(value), $"0x{value:X} does not fit: only the bits 0x{mask:X} belong to this part.");
}
