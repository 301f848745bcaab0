using System;
using System.Buffers.Binary;

namespace VmcsGen.Kvm;

/// <summary>
/// Values of up to 8 bytes as the guest lays them out, the lowest byte first: for devices, whose accesses are spans
/// (<see cref="IBusDevice"/>).
/// </summary>
public static class LittleEndian
{
    /// <summary>Reads a value.</summary>
    /// <param name="source">Its bytes, up to 8; KVM makes pieces of 3, 5, 6 and 7 out of accesses that are not aligned.</param>
    /// <returns>The value, zero-extended.</returns>
    /// <exception cref="ArgumentException">There are more than 8 bytes.</exception>
    public static ulong Read(ReadOnlySpan<byte> source)
    {
        switch (source.Length)
        {
            case 1:
                return source[0];
            case 2:
                return BinaryPrimitives.ReadUInt16LittleEndian(source);
            case 4:
                return BinaryPrimitives.ReadUInt32LittleEndian(source);
            case 8:
                return BinaryPrimitives.ReadUInt64LittleEndian(source);
            default:
                RequireLength(source.Length, nameof(source));
                Span<byte> padded = stackalloc byte[8];
                padded.Clear();
                source.CopyTo(padded);
                return BinaryPrimitives.ReadUInt64LittleEndian(padded);
        }
    }

    /// <summary>Writes the low bytes of a value, as many as there is room for.</summary>
    /// <param name="destination">Receives them: up to 8 bytes.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">There is room for more than 8 bytes.</exception>
    public static void Write(Span<byte> destination, ulong value)
    {
        switch (destination.Length)
        {
            case 1:
                destination[0] = (byte)value;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)value);
                break;
            case 4:
                BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)value);
                break;
            case 8:
                BinaryPrimitives.WriteUInt64LittleEndian(destination, value);
                break;
            default:
                RequireLength(destination.Length, nameof(destination));
                Span<byte> padded = stackalloc byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(padded, value);
                padded[..destination.Length].CopyTo(destination);
                break;
        }
    }

    private static void RequireLength(int length, string parameter)
    {
        if (length > sizeof(ulong))
            throw new ArgumentException($"A value has up to 8 bytes, not {length}.", parameter);
    }
}
