using System;
using System.Buffers.Binary;
using System.IO;

namespace VmcsGen.Vmx.RingZero;

/// <summary>What the agent tells of itself when it is ready: numbers of 8 bytes, in this order.</summary>
internal readonly struct AgentHello
{
    private const int Numbers = 12;

    private AgentHello(ReadOnlySpan<ulong> numbers)
    {
        MaxRequest = (int)numbers[1];
        MaxResults = (int)numbers[2];
        FreeMemory = numbers[3];
        HostEnvironment = new HostEnvironment
        {
            Rip = numbers[4],
            Rsp = numbers[5],
            Cs = (ushort)numbers[6],
            Ss = (ushort)numbers[7],
            Ds = (ushort)numbers[7],
            Es = (ushort)numbers[7],
            Tr = (ushort)numbers[8],
            TrBase = numbers[9],
            GdtrBase = numbers[10],
            IdtrBase = numbers[11],
        };
    }

    /// <summary>The longest payload of a request.</summary>
    internal int MaxRequest { get; }

    /// <summary>The longest payload of results.</summary>
    internal int MaxResults { get; }

    /// <summary>Where memory begins that the agent does not use.</summary>
    internal ulong FreeMemory { get; }

    internal HostEnvironment HostEnvironment { get; }

    /// <exception cref="InvalidDataException">The payload is another one, or another version's.</exception>
    internal static AgentHello Read(ReadOnlySpan<byte> payload)
    {
        if (
            payload.Length < sizeof(ulong)
            || BinaryPrimitives.ReadUInt64LittleEndian(payload) is var version && version != AgentFrame.Version
        )
            throw new InvalidDataException($"The agent is of another version than {AgentFrame.Version}.");
        if (payload.Length != Numbers * sizeof(ulong))
            throw new InvalidDataException(
                $"The agent introduces itself with {payload.Length} bytes instead of {Numbers * sizeof(ulong)}."
            );
        Span<ulong> numbers = stackalloc ulong[Numbers];
        for (var i = 0; i < Numbers; i++)
            numbers[i] = BinaryPrimitives.ReadUInt64LittleEndian(payload[(i * sizeof(ulong))..]);
        return new AgentHello(numbers);
    }
}
