using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace VmcsGen.Vmm;

/// <summary>Carries what a stream or a descriptor gives to a serial port: on a thread of its own, or by an event loop.</summary>
[MustDispose]
public sealed class SerialInput : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly ByteFeed? _feed;

    /// <summary>Begins to read, on a thread of its own: for streams of all kinds.</summary>
    /// <param name="input">The stream; it is not closed.</param>
    /// <param name="port">The port.</param>
    /// <param name="filter">Looks at what was read and may change it: returns how many bytes remain. Null to pass all.</param>
    public SerialInput(Stream input, SerialPort port, SerialInputFilter? filter = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(port);
        new Thread(() => Carry(input, port, filter, _end.Token)) { IsBackground = true, Name = "serial input" }.Start();
    }

    /// <summary>Begins to read by an event loop, without a thread of its own.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="input">A terminal, a pipe or a socket; it is not closed.</param>
    /// <param name="port">The port.</param>
    /// <param name="filter">Looks at what was read and may change it: returns how many bytes remain. Null to pass all.</param>
    /// <exception cref="IOException">The descriptor is one that cannot be waited for, as a file on disk.</exception>
    public SerialInput(EventLoop loop, SafeHandle input, SerialPort port, SerialInputFilter? filter = null)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(port);
        _feed = new(loop, input, filter, port.TryReceive);
        port.Drained = _feed.NoteRoom;
    }

    /// <summary>Ends; a read that is in progress ends with what it gives.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _feed?.Dispose();
    }

    private static void Carry(Stream input, SerialPort port, SerialInputFilter? filter, CancellationToken end)
    {
        var buffer = new byte[256];
        try
        {
            for (var length = input.Read(buffer); length > 0 && !end.IsCancellationRequested; length = input.Read(buffer))
                port.Receive(buffer.AsSpan(0, filter?.Invoke(buffer.AsSpan(0, length)) ?? length), end);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Nobody types any more.
        }
    }
}
