using System;
using System.Buffers.Binary;
using System.IO;
using System.Net.Sockets;

namespace VmcsGen.Vmx.RingZero;

/// <summary>Sends frames to the agent and receives its answers. After a failure the connection is unusable; every later call throws.</summary>
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
        var frame = new byte[AgentFrame.HeaderSize + payload.Length + AgentFrame.ChecksumSize];
        frame[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(1), payload.Length);
        payload.CopyTo(frame.AsSpan(AgentFrame.HeaderSize));
        var checkedBytes = frame.AsSpan(0, AgentFrame.HeaderSize + payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(checkedBytes.Length), AgentFrame.Checksum(checkedBytes));
        Write(frame, Deadline.In(Timeout));
    }

    /// <summary>Receives a frame and gives its payload.</summary>
    /// <exception cref="RingZeroException">None came in time, or another one.</exception>
    internal byte[] Receive(byte kind) => Receive(kind, Deadline.In(Timeout), Timeout);

    /// <summary>Waits until the agent is ready, asks it who it is, and gives what it says.</summary>
    /// <param name="milliseconds">How long all this may take.</param>
    /// <exception cref="RingZeroException">It is not ready in time, or says something else.</exception>
    internal byte[] Meet(int milliseconds)
    {
        var deadline = Deadline.In(milliseconds);
        var ready = new byte[1];
        Read(ready, deadline, milliseconds);
        if (ready[0] != AgentFrame.Ready)
            throw Fail($"What came is not the ring-0 agent, which begins with 0x{AgentFrame.Ready:X2}: 0x{ready[0]:X2}.");
        Write([AgentFrame.Hello], deadline);
        return Receive(AgentFrame.Hello, deadline, milliseconds);
    }

    private byte[] Receive(byte kind, Deadline deadline, int milliseconds)
    {
        var header = new byte[AgentFrame.HeaderSize];
        Read(header, deadline, milliseconds);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(1));
        if (header[0] is not (AgentFrame.Hello or AgentFrame.Results or AgentFrame.Error) || (uint)length > LongestPayload)
            throw Fail($"What came is not a frame of the ring-0 agent: {Convert.ToHexString(header)}.");
        var rest = new byte[length + AgentFrame.ChecksumSize];
        Read(rest, deadline, milliseconds);

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

    // In pieces, so that a line that takes few at a time is noticed too.
    private void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        const int Piece = 0x400;
        ThrowIfFailed();
        try
        {
            while (!bytes.IsEmpty)
            {
                var piece = bytes[..Math.Min(bytes.Length, Piece)];
                stream.WriteTimeout = LeftOf(deadline);
                stream.Write(piece);
                bytes = bytes[piece.Length..];
            }
            stream.Flush();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            throw Fail($"The ring-0 agent takes no request any more: {failure.Message}", failure);
        }
    }

    // All of it by the deadline: a timeout of the stream is one of each read, however few bytes it gives.
    private void Read(Span<byte> destination, Deadline deadline, int milliseconds)
    {
        ThrowIfFailed();
        try
        {
            while (!destination.IsEmpty)
            {
                stream.ReadTimeout = LeftOf(deadline);
                var count = stream.Read(destination);
                if (count == 0)
                    throw Fail("The ring-0 agent is gone: its line has ended.");
                destination = destination[count..];
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            throw Fail(
                IsTimeout(failure)
                    ? $"The ring-0 agent did not answer within {milliseconds} ms."
                    : $"The ring-0 agent is gone: its line broke. {failure.Message}",
                failure
            );
        }
    }

    private static int LeftOf(Deadline deadline) =>
        deadline.IsOver ? throw new IOException("The time is over.", new TimeoutException()) : Math.Max(deadline.Left, 1);

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
