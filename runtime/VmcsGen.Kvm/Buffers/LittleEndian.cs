using System;
using System.Buffers.Binary;

namespace VmcsGen.Kvm;

/// <summary>Values of 1 to 8 bytes as the guest lays them out.</summary>
internal static class LittleEndian
{
    internal static ulong Read(ReadOnlySpan<byte> source)
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
            default: // KVM splits unaligned accesses into such pieces.
                Span<byte> padded = stackalloc byte[8];
                padded.Clear();
                source.CopyTo(padded);
                return BinaryPrimitives.ReadUInt64LittleEndian(padded);
        }
    }

    internal static void Write(Span<byte> destination, ulong value)
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
                Span<byte> padded = stackalloc byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(padded, value);
                padded[..destination.Length].CopyTo(destination);
                break;
        }
    }
}
