using System;
using System.IO;
using System.Threading;

namespace VmcsGen.Vmm;

/// <summary>Carries what a stream gives to a serial port, on a thread of its own.</summary>
[MustDispose]
public sealed class SerialInput : IDisposable
{
    private readonly CancellationTokenSource _end = new();

    /// <summary>Begins to read.</summary>
    /// <param name="input">The stream; it is not closed.</param>
    /// <param name="port">The port.</param>
    /// <param name="filter">Looks at what was read and may change it: returns how many bytes remain. Null to pass all.</param>
    public SerialInput(Stream input, SerialPort port, SerialInputFilter? filter = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(port);
        new Thread(() => Carry(input, port, filter, _end.Token)) { IsBackground = true, Name = "serial input" }.Start();
    }

    /// <summary>Ends; a read that is in progress ends with what it gives.</summary>
    public void Dispose() => _end.Cancel();

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
