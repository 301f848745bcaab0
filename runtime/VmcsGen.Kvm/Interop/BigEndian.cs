#if !VMCSGEN_FREESTANDING
using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
#endif

namespace VmcsGen.Kvm.Interop;

/// <summary>
/// An integer whose highest byte comes first in memory, as in headers of networks and of virtio: <c>__be16</c>, <c>__be32</c> and
/// <c>__be64</c> of C. It converts to and from the integer, so that code reads and writes numbers and memory holds their bytes.
/// </summary>
/// <typeparam name="T">The integer, of whatever width, with a sign or without.</typeparam>
public readonly struct BigEndian<T>
#if VMCSGEN_FREESTANDING
    where T : unmanaged
#else
    : IEquatable<BigEndian<T>>, IFormattable
    where T : unmanaged, IBinaryInteger<T>
#endif
{
    private readonly T _stored;

    /// <summary>Stores a number.</summary>
    /// <param name="value">The number.</param>
    public BigEndian(T value) => _stored = Swap(value);

    /// <summary>The number.</summary>
    public T Value => Swap(_stored);

    /// <summary>The number.</summary>
    /// <param name="stored">What is stored.</param>
    public static implicit operator T(BigEndian<T> stored) => stored.Value;

    /// <summary>Stores a number.</summary>
    /// <param name="value">The number.</param>
    public static implicit operator BigEndian<T>(T value) => new(value);

#if VMCSGEN_FREESTANDING
    // Byte by byte: freestanding programs are for little-endian processors, and have no library.
    private static unsafe T Swap(T value)
    {
        T swapped = default;
        byte* from = (byte*)&value;
        byte* to = (byte*)&swapped + sizeof(T);
        for (int i = 0; i < sizeof(T); i++)
            *--to = from[i];
        return swapped;
    }
#else
    /// <summary>Whether two hold one number.</summary>
    /// <param name="left">One of them.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(BigEndian<T> left, BigEndian<T> right) => left.Equals(right);

    /// <summary>Whether two hold different numbers.</summary>
    /// <param name="left">One of them.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(BigEndian<T> left, BigEndian<T> right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(BigEndian<T> other) => _stored == other._stored;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BigEndian<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => ToString(null, null);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => Value.ToString(format, formatProvider);

    private static T Swap(T value)
    {
        if (!BitConverter.IsLittleEndian)
            return value;
        return Unsafe.SizeOf<T>() switch
        {
            1 => value,
            2 => Unsafe.BitCast<ushort, T>(BinaryPrimitives.ReverseEndianness(Unsafe.BitCast<T, ushort>(value))),
            4 => Unsafe.BitCast<uint, T>(BinaryPrimitives.ReverseEndianness(Unsafe.BitCast<T, uint>(value))),
            8 => Unsafe.BitCast<ulong, T>(BinaryPrimitives.ReverseEndianness(Unsafe.BitCast<T, ulong>(value))),
            _ => Unsafe.BitCast<UInt128, T>(BinaryPrimitives.ReverseEndianness(Unsafe.BitCast<T, UInt128>(value))),
        };
    }
#endif
}
