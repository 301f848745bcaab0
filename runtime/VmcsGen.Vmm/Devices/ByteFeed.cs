using System;
using System.IO;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>
/// Carries what a descriptor gives to something with little room, by an event loop: what there is no room for waits, and so does the rest
/// in the descriptor.
/// </summary>
internal sealed class ByteFeed : IDisposable
{
    private const int BufferSize = 256;

    private readonly EventLoop _loop;
    private readonly SafeHandle _input;
    private readonly SerialInputFilter? _filter;
    private readonly ByteSink _sink;
    private readonly Action _offer;
    private readonly EventSource _source;
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;
    private volatile bool _isWaiting;
    private bool _hasEnded;

    /// <exception cref="IOException">The descriptor cannot be waited for.</exception>
    internal ByteFeed(EventLoop loop, SafeHandle input, SerialInputFilter? filter, ByteSink sink)
    {
        _loop = loop;
        _input = input;
        _filter = filter;
        _sink = sink;
        _offer = Offer;
        _source = loop.Add(input, EventKinds.Readable, Read);
    }

    /// <summary>There is room: from any thread.</summary>
    internal void NoteRoom()
    {
        if (_isWaiting)
            _loop.Post(_offer);
    }

    public void Dispose() => _source.Dispose();

    private void Read(EventKinds happened)
    {
        var length = 0;
        try
        {
            length = Descriptor.Read(_input, _buffer);
        }
        catch (IOException)
        {
            // A terminal that is gone.
        }
        if (length == 0)
        {
            _hasEnded = true;
            _source.Dispose(); // Nobody types any more.
        }
        if (length <= 0)
            return;
        _start = 0;
        _end = _filter?.Invoke(_buffer.AsSpan(0, length)) ?? length;
        Offer();
    }

    private void Offer()
    {
        if (_hasEnded)
            return;
        // First this, then the bytes: room that is made after they were refused is told.
        _isWaiting = true;
        _start += _sink(_buffer.AsSpan(_start, _end - _start));
        _isWaiting = _start < _end;
        _source.Kinds = _isWaiting ? 0 : EventKinds.Readable;
    }
}
