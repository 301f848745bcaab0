using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>A console, which Linux calls hvc0. Source: VIRTIO 1.2, 5.3.</summary>
public sealed class VirtioConsole : VirtioDevice
{
    /// <summary>Most bytes of input that wait for the guest; more are refused.</summary>
    public const int MostInput = 1 << 16;

    private const int Receive = 0;
    private const int BufferSize = 4096;

    private readonly Stream _output;
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly Queue<byte> _input = [];
    private Action? _noteRoom;

    /// <summary>Creates a console.</summary>
    /// <param name="output">Where what the guest writes goes; it is not closed.</param>
    public VirtioConsole(Stream output) => _output = output ?? throw new ArgumentNullException(nameof(output));

    /// <inheritdoc/>
    public override uint DeviceId => 3;

    /// <inheritdoc/>
    public override int QueueCount => 2;

    /// <summary>Gives the guest input.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>How many were taken: fewer if the guest reads none and too many wait.</returns>
    public int Input(ReadOnlySpan<byte> bytes)
    {
        int taken;
        lock (_input)
        {
            taken = Math.Min(bytes.Length, MostInput - _input.Count);
            foreach (var value in bytes[..taken])
                _input.Enqueue(value);
        }
        Transport?.ServeQueue(Receive);
        return taken;
    }

    /// <summary>Carries what a descriptor gives to the guest, by an event loop.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="input">A terminal, a pipe or a socket; it is not closed.</param>
    /// <returns>What ends that when it is disposed of.</returns>
    /// <exception cref="IOException">The descriptor is one that cannot be waited for, as a file on disk.</exception>
    /// <exception cref="InvalidOperationException">The console has an input already.</exception>
    public IDisposable ReadFrom(EventLoop loop, SafeHandle input)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(input);
        if (_noteRoom is not null)
            throw new InvalidOperationException("The console has an input already.");
        ByteFeed feed = new(loop, input, filter: null, Input);
        _noteRoom = feed.NoteRoom;
        return feed;
    }

    /// <inheritdoc/>
    public override bool Serve(int index, Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return index == Receive ? ServeInput(queue) : ServeOutput(queue);
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "console";

    private bool ServeInput(Virtqueue queue)
    {
        var served = false;
        lock (_input)
        {
            while (_input.Count > 0 && queue.TryTake(out var chain))
            {
                var length = (int)Math.Min(Math.Min(chain.WritableLength, (uint)_input.Count), BufferSize);
                for (var i = 0; i < length; i++)
                    _buffer[i] = _input.Dequeue();
                chain.Write(0, _buffer.AsSpan(0, length));
                queue.Return(chain, (uint)length);
                served = true;
            }
        }
        if (served)
            _noteRoom?.Invoke();
        return served;
    }

    private bool ServeOutput(Virtqueue queue)
    {
        var served = false;
        while (queue.TryTake(out var chain))
        {
            for (uint done = 0; done < chain.ReadableLength; )
            {
                var length = chain.Read(done, _buffer);
                _output.Write(_buffer, 0, length);
                done += (uint)length;
            }
            queue.Return(chain, 0);
            served = true;
        }
        return served;
    }
}
