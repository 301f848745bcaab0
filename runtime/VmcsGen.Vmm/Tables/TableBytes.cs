using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>A table that is put together of structs, and its sum.</summary>
internal sealed class TableBytes
{
    private readonly List<byte> _bytes = [];

    internal int Length => _bytes.Count;

    internal TableBytes Add<T>(in T value)
        where T : unmanaged
    {
        _bytes.AddRange(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
        return this;
    }

    internal TableBytes Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    internal byte[] ToArray() => [.. _bytes];

    /// <summary>The byte that makes the sum of all 0; its own place must hold 0.</summary>
    internal static byte Checksum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var value in bytes)
            sum += value;
        return (byte)-sum;
    }
}
