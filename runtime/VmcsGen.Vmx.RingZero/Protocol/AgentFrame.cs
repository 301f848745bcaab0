using System;

namespace VmcsGen.Vmx.RingZero;

/// <summary>
/// What travels over the serial line between a program and the ring-0 agent: a byte that tells the kind, the payload's length in
/// 4 bytes, the payload, and a checksum of all that in 4 bytes. Numbers are little-endian. At first the agent sends the byte
/// <see cref="Ready"/>; whoever heard it answers with the byte <see cref="Hello"/>, which is what lines that were not set up yet and
/// receivers that were not on yet cannot spoil. Then the agent says hello once, and answers every request with results. After an
/// error frame it stops.
/// </summary>
internal static class AgentFrame
{
    /// <summary>From the agent, once and first, as a single byte: it receives.</summary>
    internal const byte Ready = (byte)'!';

    /// <summary>To the agent, as a single byte: say hello. From the agent, once: who it is, see <c>AgentHello</c>.</summary>
    internal const byte Hello = (byte)'H';

    /// <summary>To the agent: commands, each an <see cref="AgentCommand"/> and its operands.</summary>
    internal const byte Request = (byte)'Q';

    /// <summary>From the agent: for each command an <see cref="AgentStatus"/> and what belongs to it.</summary>
    internal const byte Results = (byte)'R';

    /// <summary>From the agent, as its last words: an <see cref="AgentError"/> and two numbers of 8 bytes.</summary>
    internal const byte Error = (byte)'E';

    /// <summary>Bytes before the payload.</summary>
    internal const int HeaderSize = 5;

    /// <summary>Bytes after the payload.</summary>
    internal const int ChecksumSize = 4;

    /// <summary>Raised whenever agent and runtime would misunderstand each other otherwise.</summary>
    internal const uint Version = 3;

    // FNV-1a, 32 bits: two instructions a byte, and a swapped pair of bytes shows.
    internal const uint ChecksumStart = 0x811C_9DC5;
    internal const uint ChecksumFactor = 0x0100_0193;

    internal static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = ChecksumStart;
        foreach (var value in bytes)
            checksum = (checksum ^ value) * ChecksumFactor;
        return checksum;
    }
}
