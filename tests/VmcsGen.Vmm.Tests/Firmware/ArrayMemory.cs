using System;

namespace VmcsGen.Vmm.Tests.Firmware;

/// <summary>Memory from address 0 on, and nothing behind it.</summary>
internal sealed class ArrayMemory(int size) : IDmaMemory
{
    public byte[] Bytes { get; } = new byte[size];

    public bool TryRead(ulong address, Span<byte> destination)
    {
        if (!TryFind(address, destination.Length, out var bytes))
            return false;
        bytes.CopyTo(destination);
        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> source) =>
        TryFind(address, source.Length, out var bytes) && source.TryCopyTo(bytes);

    // No bytes are nowhere missing.
    private bool TryFind(ulong address, int length, out Span<byte> bytes)
    {
        bytes = default;
        if (length == 0)
            return true;
        if (length > Bytes.Length || address > (ulong)(Bytes.Length - length))
            return false;
        bytes = Bytes.AsSpan((int)address, length);
        return true;
    }
}
