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

    private static void ThrowTooLarge(ulong value, ulong largest) =>
        throw new ArgumentOutOfRangeException(
            nameof(value),
            $"0x{value:X} does not fit: the largest value of this bit-field is 0x{largest:X}."
        );
}
