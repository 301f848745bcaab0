using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.RingZero;

/// <summary>Several fields in one command, and a VM entry with the fields that are wanted of its VM exit.</summary>
internal static class RingZeroFields
{
    private const int RegisterCount = AgentCommands.RegistersSize / sizeof(ulong);

    // A byte before each value.
    internal const int LongestNumber = 1 + sizeof(ulong);

    internal const int LongestRegisters = RegisterCount * LongestNumber;

    /// <summary>Whether the agent can be asked for them together: encodings have 16 bits, and what is no encoding may have more.</summary>
    internal static bool AreShort(ReadOnlySpan<VmcsField> fields)
    {
        foreach (var field in fields)
        {
            if ((uint)field > ushort.MaxValue)
                return false;
        }
        return true;
    }

    internal static byte[] Encode(ReadOnlySpan<VmcsField> fields)
    {
        var operands = new byte[sizeof(ushort) * (1 + fields.Length)];
        WriteFields(operands, fields);
        return operands;
    }

    internal static byte[] Encode(ulong region, bool isLaunched, in GeneralRegisters registers, ReadOnlySpan<VmcsField> fields)
    {
        const int Fixed = sizeof(ulong) + sizeof(byte);
        Span<byte> operands = stackalloc byte[Fixed + (sizeof(ushort) * (1 + fields.Length)) + LongestRegisters];
        BinaryPrimitives.WriteUInt64LittleEndian(operands, region);
        operands[sizeof(ulong)] = isLaunched ? (byte)1 : (byte)0;
        WriteFields(operands[Fixed..], fields);
        var length = Fixed + (sizeof(ushort) * (1 + fields.Length));
        foreach (var register in MemoryMarshal.Cast<GeneralRegisters, ulong>(new ReadOnlySpan<GeneralRegisters>(in registers)))
        {
            var bytes = (sizeof(ulong) * 8) - (int)ulong.LeadingZeroCount(register) + 7 >> 3;
            operands[length++] = (byte)bytes;
            for (var i = 0; i < bytes; i++)
                operands[length + i] = (byte)(register >> (8 * i));
            length += bytes;
        }
        return operands[..length].ToArray();
    }

    internal static GeneralRegisters ReadRegisters(ref AgentReader reader)
    {
        GeneralRegisters registers = default;
        foreach (ref var register in MemoryMarshal.Cast<GeneralRegisters, ulong>(new Span<GeneralRegisters>(ref registers)))
            register = reader.Short();
        return registers;
    }

    internal static (ulong[] Values, VmxResult[] Outcomes) ReadFields(ref AgentReader reader, int count)
    {
        var values = new ulong[count];
        var outcomes = new VmxResult[count];
        for (var i = 0; i < count; i++)
            outcomes[i] = reader.Field(out values[i]);
        return (values, outcomes);
    }

    private static void WriteFields(Span<byte> operands, ReadOnlySpan<VmcsField> fields)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(operands, (ushort)fields.Length);
        for (var i = 0; i < fields.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(operands[(sizeof(ushort) * (1 + i))..], (ushort)fields[i]);
    }
}
