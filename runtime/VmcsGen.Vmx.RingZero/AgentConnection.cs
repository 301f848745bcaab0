using System;
using System.Buffers.Binary;
using System.IO;
using System.Net.Sockets;

namespace VmcsGen.Vmx;

/// <summary>Sends frames to the agent and receives its answers. After a failure nothing goes any more.</summary>
/// <param name="stream">The line to the agent, with timeouts.</param>
/// <param name="machineOutput">Gives what the machine said last.</param>
internal sealed class AgentConnection(Stream stream, Func<string?>? machineOutput)
{
    // No frame of an agent is longer. A length beyond is not waited for.
    private const int LongestPayload = 1 << 24;

    private RingZeroException? _failure;

    /// <summary>For how long an answer is waited for, in milliseconds.</summary>
    internal int Timeout { get; set; } = 60_000;

    /// <summary>Sends a frame.</summary>
    /// <exception cref="RingZeroException">It could not be sent.</exception>
    internal void Send(byte kind, ReadOnlySpan<byte> payload)
    {
        ThrowIfFailed();
        var frame = new byte[AgentFrame.HeaderSize + payload.Length + AgentFrame.ChecksumSize];
        frame[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(1), payload.Length);
        payload.CopyTo(frame.AsSpan(AgentFrame.HeaderSize));
        var checkedBytes = frame.AsSpan(0, AgentFrame.HeaderSize + payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(checkedBytes.Length), AgentFrame.Checksum(checkedBytes));
        try
        {
            stream.WriteTimeout = Timeout;
            stream.Write(frame);
            stream.Flush();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            throw Fail($"The ring-0 agent takes no request any more: {failure.Message}", failure);
        }
    }

    /// <summary>Receives a frame and gives its payload.</summary>
    /// <exception cref="RingZeroException">None came in time, or another one.</exception>
    internal byte[] Receive(byte kind)
    {
        ThrowIfFailed();
        try
        {
            stream.ReadTimeout = Timeout;
            var header = new byte[AgentFrame.HeaderSize];
            stream.ReadExactly(header);
            var length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(1));
            if (header[0] is not (AgentFrame.Hello or AgentFrame.Results or AgentFrame.Error) || (uint)length > LongestPayload)
                throw Fail($"What came is no frame of the ring-0 agent: {Convert.ToHexString(header)}.");
            var rest = new byte[length + AgentFrame.ChecksumSize];
            stream.ReadExactly(rest);

            var payload = rest[..length];
            byte[] checkedBytes = [.. header, .. payload];
            var expected = BinaryPrimitives.ReadUInt32LittleEndian(rest.AsSpan(length));
            if (AgentFrame.Checksum(checkedBytes) is var checksum && checksum != expected)
                throw Fail($"An answer of the ring-0 agent has the checksum 0x{expected:X8}, and its {length} bytes have 0x{checksum:X8}.");
            if (header[0] == AgentFrame.Error)
                throw Fail(AgentErrorText.Describe(payload));
            return header[0] == kind
                ? payload
                : throw Fail($"The ring-0 agent answers with a frame '{(char)header[0]}' instead of '{(char)kind}'.");
        }
        catch (EndOfStreamException failure)
        {
            throw Fail("The ring-0 agent is gone: its line has ended.", failure);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            throw Fail(
                IsTimeout(failure)
                    ? $"The ring-0 agent did not answer within {Timeout} ms."
                    : $"The ring-0 agent is gone: its line broke. {failure.Message}",
                failure);
        }
    }

    /// <summary>Notes that the connection is of no use any more.</summary>
    internal RingZeroException Fail(string message, Exception? cause = null) =>
        _failure = new RingZeroException(message, machineOutput?.Invoke(), cause);

    private static bool IsTimeout(Exception failure) =>
        failure.InnerException is TimeoutException or SocketException { SocketErrorCode: SocketError.TimedOut };

    private void ThrowIfFailed()
    {
        if (_failure is not null)
            throw new RingZeroException($"The ring-0 agent cannot be used any more. {_failure.Message}", innerException: _failure);
    }
}
