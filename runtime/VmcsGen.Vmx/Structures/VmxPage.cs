using System;
using System.Diagnostics.CodeAnalysis;

namespace VmcsGen.Vmx.Structures;

/// <summary>What the structures that fill a 4-KByte page share.</summary>
internal static class VmxPage
{
    internal const int Size = 4096;

    /// <summary>The memory, if it is a page long.</summary>
    /// <param name="memory">Memory of the caller.</param>
    /// <param name="structure">What lies there, for the message.</param>
    internal static Span<byte> Check(Span<byte> memory, string structure)
    {
        if (memory.Length != Size)
            ThrowLength(memory, structure);
        return memory;
    }

    /// <summary>The address, if a page can start there.</summary>
    /// <param name="address">A physical address.</param>
    /// <param name="size">Bytes of the page.</param>
    /// <param name="what">What starts there, for the message.</param>
    internal static ulong CheckAddress(ulong address, ulong size, string what)
    {
        if ((address & (size - 1)) != 0 || address >> 52 != 0)
            ThrowAddress(address, size, what);
        return address;
    }

    [DoesNotReturn]
    private static void ThrowLength(Span<byte> memory, string structure) =>
        throw new ArgumentException(
            $"{structure} fills one 4-KByte page: pass a span of {Size} bytes instead of {memory.Length}.",
            nameof(memory)
        );

    [DoesNotReturn]
    private static void ThrowAddress(ulong address, ulong size, string what) =>
        throw new ArgumentOutOfRangeException(
            nameof(address),
            $"The physical address of {what} is a multiple of 0x{size:X} below 2^52, and 0x{address:X} is not."
        );
}
