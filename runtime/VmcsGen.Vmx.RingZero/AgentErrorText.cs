using System;
using System.Buffers.Binary;

namespace VmcsGen.Vmx.RingZero;

/// <summary>The agent's last words.</summary>
internal static class AgentErrorText
{
    private const int Size = sizeof(byte) + (2 * sizeof(ulong));

    internal static string Describe(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != Size)
            return $"The ring-0 agent stopped and gave {payload.Length} bytes as the reason instead of {Size}.";
        var first = BinaryPrimitives.ReadUInt64LittleEndian(payload[1..]);
        var second = BinaryPrimitives.ReadUInt64LittleEndian(payload[(1 + sizeof(ulong))..]);
        var reason = (AgentError)payload[0] switch
        {
            AgentError.NoRequest => $"a byte 0x{first:X2} came where a request should begin",
            AgentError.RequestTooLong => $"a request has {first} bytes, more than there is room for",
            AgentError.WrongChecksum => $"a request came with the checksum 0x{first:X8}, and its bytes have 0x{second:X8}",
            AgentError.UnknownCommand => $"there is no command {first}, at byte {second} of the request",
            AgentError.TruncatedCommand => $"the request ends within the operands of command {first}, at byte {second}",
            AgentError.TooManyResults => $"the results do not fit behind {first} bytes",
            AgentError.UnexpectedException =>
                $"{((ExceptionVector)(byte)second).Mnemonic} with error code 0x{second >> 32:X} at RIP 0x{first:X}, outside of any command",
            var other => $"error {(byte)other}",
        };
        return $"The ring-0 agent stopped: {reason}.";
    }
}
