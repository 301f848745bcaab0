using System;
using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace VmcsGen.Kvm.Interop;

/// <summary>What the bit-fields of KVM's structs share. Meant for generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public static class KvmBitFields
{
    /// <summary>Returns the value if it fits into the bit-field.</summary>
    /// <param name="value">The value for the bit-field.</param>
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

    /// <summary>Returns the bits of a signed value if it fits into the bit-field.</summary>
    /// <param name="value">The value for the bit-field.</param>
    /// <param name="width">How many bits the bit-field has, the sign included.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value needs more bits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FitSigned(long value, int width)
    {
        if (value << (64 - width) >> (64 - width) != value)
            ThrowTooWide(value, width);
        return unchecked((ulong)value) & (ulong.MaxValue >> (64 - width));
    }

    /// <inheritdoc cref="FitSigned(long, int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FitSigned(int value, int width)
    {
        if (value << (32 - width) >> (32 - width) != value)
            ThrowTooWide(value, width);
        return unchecked((uint)value) & (uint.MaxValue >> (32 - width));
    }

    private static void ThrowTooWide(long value, int width) =>
        throw new ArgumentOutOfRangeException(
            nameof(value),
            $"{value} does not fit: this bit-field of {width} bits holds {-1L << (width - 1)} to {~(-1L << (width - 1))}."
        );

    private static void ThrowTooLarge(ulong value, ulong largest) =>
        throw new ArgumentOutOfRangeException(
            nameof(value),
            $"0x{value:X} does not fit: the largest value of this bit-field is 0x{largest:X}."
        );
}
