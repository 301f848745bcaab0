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

    /// <summary>A number in short form.</summary>
    internal ulong Short()
    {
        var value = 0UL;
        var bytes = Bytes(Byte());
        for (var i = bytes.Length - 1; i >= 0; i--)
            value = value << 8 | bytes[i];
        return value;
    }

    /// <summary>A field, or how reading it failed.</summary>
    internal VmxResult Field(out ulong value)
    {
        value = 0;
        switch (_rest.IsEmpty ? default : _rest[0])
        {
            case AgentNumbers.FailInvalid:
                Byte();
                return VmxResult.FailInvalid;
            case AgentNumbers.FailValid:
                Byte();
                return VmxResult.FailValid((VmInstructionError)Byte());
            default:
                value = Short();
                return VmxResult.Success;
        }
    }

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
