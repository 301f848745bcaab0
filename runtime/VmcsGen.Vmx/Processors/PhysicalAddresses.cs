using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace VmcsGen.Vmx;

/// <summary>What memories and their users share: checks of addresses, and words at an address.</summary>
internal static class PhysicalAddresses
{
    /// <summary>Throws unless bytes lie within memory that begins at 0.</summary>
    internal static void Check(ulong address, int length, ulong size)
    {
        // address + length could wrap; size - length cannot once length <= size is known.
        if ((ulong)length > size || address > size - (ulong)length)
            Throw(address, length, size);
    }

    internal static ulong ReadUInt64(this IPhysicalMemory memory, ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        memory.Read(address, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    internal static uint ReadUInt32(this IPhysicalMemory memory, ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        memory.Read(address, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    internal static void WriteUInt32(this IPhysicalMemory memory, ulong address, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        memory.Write(address, bytes);
    }

    internal static void WriteUInt64(this IPhysicalMemory memory, ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        memory.Write(address, bytes);
    }

    [DoesNotReturn]
    private static void Throw(ulong address, int length, ulong size) =>
        throw new ArgumentOutOfRangeException(
            nameof(address),
            $"{length} bytes at 0x{address:X} do not lie within physical memory, which ends at 0x{size:X}."
        );
}
