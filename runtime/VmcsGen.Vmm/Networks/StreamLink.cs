using System;
using System.Buffers.Binary;
using System.IO;
using System.Net.Sockets;

namespace VmcsGen.Vmm;

/// <summary>
/// Frames over a UNIX socket, each with its length in front as 4 bytes, the highest first: what QEMU's <c>-netdev stream</c> speaks, and
/// passt. The peer is not trusted: one that states a length that no frame has is hung up on.
/// </summary>
public sealed class StreamLink : NetworkLink
{
    /// <summary>Most bytes of a frame. A peer that announces a longer one is hung up on.</summary>
    public const int MostFrameBytes = 0x1_1000;

    private const int LengthBytes = 4;
    private const int LeastFrameBytes = 14; // An Ethernet header.

    private readonly Socket? _listener;
    private readonly string? _path;
    private readonly object _gate = new();
    private readonly byte[] _input = new byte[LengthBytes + MostFrameBytes];
    private readonly byte[] _output = new byte[LengthBytes + MostFrameBytes];
    private Socket? _peer;
    private Socket? _lost; // A peer that is gone, until the loop forgets it.
    private EventSource? _listening;
    private EventSource? _source;
    private EventLoop? _loop;
    private INetworkInterface? _owner;
    private bool _wantsFrames = true;
    private int _inputStart;
    private int _inputEnd;
    private int _outputStart;
    private int _outputEnd;

    private StreamLink(Socket? listener, string? path, Socket? peer)
    {
        _listener = listener;
        _path = path;
        _peer = peer;
        if (peer is not null)
            peer.Blocking = false;
    }

    /// <summary>Why the last peer was hung up on, if it broke the rules.</summary>
    public string? Failure { get; private set; }

    /// <inheritdoc/>
    public override bool IsUp
    {
        get
        {
            lock (_gate)
                return _peer is not null;
        }
    }

    /// <inheritdoc/>
    public override bool WantsFrames
    {
        get
        {
            lock (_gate)
                return _wantsFrames;
        }
        set
        {
            lock (_gate)
            {
                _wantsFrames = value;
                UpdateKinds();
            }
        }
    }

    /// <summary>Connects to a peer that listens. When it is gone, the link stays down.</summary>
    /// <param name="path">The UNIX socket.</param>
    /// <exception cref="SocketException">Nobody listens there, or the socket may not be used.</exception>
    public static StreamLink Connect(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return new(null, null, socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Listens for a peer, one at a time. When it is gone, another may come.</summary>
    /// <param name="path">The UNIX socket, which is made here and removed in the end.</param>
    /// <exception cref="SocketException">There is such a file already, or it cannot be made.</exception>
    public static StreamLink Listen(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen(1);
            socket.Blocking = false;
            return new(socket, path, null);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Start(EventLoop events, INetworkInterface owner)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(owner);
        lock (_gate)
        {
            if (_loop is not null)
                throw new InvalidOperationException("The link carries frames already.");
            (_loop, _owner) = (events, owner);
            if (_peer is { } peer)
                _source = events.Add(peer.SafeHandle, EventKinds.Readable, ServePeer);
            if (_listener is { } listener)
                _listening = events.Add(listener.SafeHandle, _peer is null ? EventKinds.Readable : 0, _ => Accept());
        }
    }

    /// <inheritdoc/>
    public override bool HasRoom
    {
        get
        {
            lock (_gate)
            {
                Flush();
                return _outputStart >= _outputEnd;
            }
        }
    }

    /// <inheritdoc/>
    public override bool TryReceive(Span<byte> frame, out int length)
    {
        lock (_gate)
        {
            if (!TryFind(out var start, out length))
                return false;
            _inputStart = start + length;
            _input.AsSpan(start, Math.Min(length, frame.Length)).CopyTo(frame);
            return true;
        }
    }

    /// <inheritdoc/>
    public override void Send(ReadOnlySpan<byte> frame)
    {
        lock (_gate)
        {
            if (_peer is null || _outputStart < _outputEnd || frame.Length is < LeastFrameBytes or > MostFrameBytes)
                return;
            BinaryPrimitives.WriteInt32BigEndian(_output, frame.Length);
            frame.CopyTo(_output.AsSpan(LengthBytes));
            (_outputStart, _outputEnd) = (0, LengthBytes + frame.Length);
            Flush();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        _listening?.Dispose();
        _source?.Dispose();
        _listener?.Dispose();
        _peer?.Dispose();
        _lost?.Dispose();
        if (_path is not null)
            File.Delete(_path);
    }

    private void Accept()
    {
        lock (_gate)
        {
            Socket? peer = null;
            try
            {
                peer = _listener!.Accept();
                peer.Blocking = false;
                _source = _loop!.Add(peer.SafeHandle, EventKinds.Readable, ServePeer);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                peer?.Dispose(); // It has gone again, or the kernel has no room for more to wait for.
                return;
            }
            _peer = peer;
            Failure = null;
            _listening!.Kinds = 0;
            UpdateKinds();
        }
        _owner!.NoteLinkChange();
    }

    private void ServePeer(EventKinds happened)
    {
        lock (_gate)
        {
            // Nobody reads what it sends, and it is gone: told without being asked for, and again and again.
            if (_peer is null)
                return;
            if (!_wantsFrames && (happened & (EventKinds.HangUp | EventKinds.Error)) != 0)
            {
                HangUp(null);
                return;
            }
            Flush();
        }
        if ((happened & EventKinds.Writable) != 0)
            _owner!.SendFrames();
        if ((happened & (EventKinds.Readable | EventKinds.HangUp | EventKinds.Error)) != 0)
            _owner!.ReceiveFrames();
    }

    /// <summary>Finds a whole frame in what was received, and receives more if there is none.</summary>
    private bool TryFind(out int start, out int length)
    {
        start = _inputStart + LengthBytes;
        length = 0;
        while (_peer is not null)
        {
            var there = _inputEnd - _inputStart;
            if (there >= LengthBytes)
            {
                var stated = BinaryPrimitives.ReadUInt32BigEndian(_input.AsSpan(_inputStart));
                if (stated is < LeastFrameBytes or > MostFrameBytes)
                {
                    HangUp($"The peer announces a frame of {stated} bytes; {LeastFrameBytes} to {MostFrameBytes} are expected.");
                    return false;
                }
                length = (int)stated;
                start = _inputStart + LengthBytes;
                if (there >= LengthBytes + length)
                    return true;
            }
            if (!Receive())
                return false;
        }
        return false;
    }

    private bool Receive()
    {
        _input.AsSpan(_inputStart, _inputEnd - _inputStart).CopyTo(_input);
        _inputEnd -= _inputStart;
        _inputStart = 0;
        var length = _peer!.Receive(_input.AsSpan(_inputEnd), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
            return false;
        if (error != SocketError.Success || length == 0)
        {
            HangUp(null);
            return false;
        }
        _inputEnd += length;
        return true;
    }

    private void Flush()
    {
        while (_peer is not null && _outputStart < _outputEnd)
        {
            var sent = _peer.Send(_output.AsSpan(_outputStart.._outputEnd), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                break;
            if (error != SocketError.Success)
            {
                HangUp(null);
                return;
            }
            _outputStart += sent;
        }
        UpdateKinds();
    }

    private void UpdateKinds()
    {
        if (_source is { } source)
            source.Kinds = (_wantsFrames ? EventKinds.Readable : 0) | (_outputStart < _outputEnd ? EventKinds.Writable : 0);
    }

    private void HangUp(string? failure)
    {
        Failure = failure;
        (_lost, _peer) = (_peer, null);
        _inputStart = _inputEnd = _outputStart = _outputEnd = 0;
        // By the loop: whoever serves the interface must not wait here for a handler that waits for the interface.
        _loop!.Post(ForgetPeer);
    }

    private void ForgetPeer()
    {
        lock (_gate)
        {
            _source?.Dispose();
            _source = null;
            _lost?.Dispose();
            _lost = null;
            if (_listening is { } listening)
                listening.Kinds = EventKinds.Readable;
        }
        _owner!.NoteLinkChange();
    }
}
