using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>
/// CRC-32C, the checksum of iSCSI, ext4 and NVMe: the processor's instruction where it has one. Source: RFC 3720, 12.1.
/// </summary>
internal struct Crc32C
{
    private uint _inverse;

    public Crc32C() => _inverse = uint.MaxValue;

    /// <summary>The checksum of what was added.</summary>
    internal readonly uint Value => ~_inverse;

    internal static uint Of(ReadOnlySpan<byte> bytes)
    {
        var sum = new Crc32C();
        sum.Add(bytes);
        return sum.Value;
    }

    internal void Add(ReadOnlySpan<byte> bytes)
    {
        var state = _inverse;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            state = BitOperations.Crc32C(state, word);
        foreach (var single in bytes[(words.Length * sizeof(ulong))..])
            state = BitOperations.Crc32C(state, single);
        _inverse = state;
    }
}
