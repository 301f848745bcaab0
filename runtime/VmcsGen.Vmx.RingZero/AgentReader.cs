using System;
using System.Buffers.Binary;
using System.IO;

namespace VmcsGen.Vmx.RingZero;

/// <summary>Takes results out of an answer, one after the other.</summary>
internal ref struct AgentReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    internal readonly int Remaining => _rest.Length;

    internal byte Byte() => Bytes(sizeof(byte))[0];

    internal ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(sizeof(ushort)));

    internal uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(sizeof(uint)));

    internal ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(sizeof(ulong)));

    internal ReadOnlySpan<byte> Bytes(int count)
    {
        if (_rest.Length < count)
            throw new InvalidDataException($"The results end after {_rest.Length} of {count} bytes.");
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }
}
