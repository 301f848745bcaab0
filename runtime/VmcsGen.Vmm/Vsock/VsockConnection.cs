using System;
using System.Net.Sockets;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>
/// A connection between a port of the guest and a UNIX socket of the host, with the credit of both sides. Used under the lock of the
/// device. Source: VIRTIO 1.2, 5.10.6.
/// </summary>
internal sealed class VsockConnection
{
    /// <summary>Bytes that the guest may send before the socket has taken them.</summary>
    internal const uint BufferSize = 1 << 16;

    private const uint ToldAfter = BufferSize / 4;

    private readonly Socket _socket;
    private readonly VsockBuffer _buffer = new((int)BufferSize);
    private uint _guestBuffer;
    private uint _guestForwarded;
    private uint _sent;
    private uint _received;
    private uint _forwarded;
    private uint _told;
    private VsockShutdown _guestShutdown;
    private bool _hasAskedForCredit;
    private bool _hasHostEnded; // Nothing more comes from the socket.
    private bool _isHungUp; // Nothing goes there either.

    internal VsockConnection(VsockKey key, Socket socket, VsockTodo first)
    {
        Key = key;
        _socket = socket;
        Todo = first;
        IsConnected = first == VsockTodo.Response;
    }

    internal VsockKey Key { get; }

    /// <summary>What the loop waits for it with; null when it waits no more.</summary>
    internal EventSource? Source { get; set; }

    internal VsockTodo Todo { get; private set; }

    internal bool IsConnected { get; private set; }

    internal bool IsClosed { get; private set; }

    /// <summary>Whether it stands in the queue of those that have something for the guest.</summary>
    internal bool IsQueued { get; set; }

    /// <summary>Whether the socket may have bytes that were not read.</summary>
    internal bool IsReadable { get; private set; }

    internal bool HasPacket => Todo != 0 || CanSend;

    internal EventKinds Kinds =>
        (!IsReadable && !_hasHostEnded && !_isHungUp && IsConnected ? EventKinds.Readable : 0)
        | (_buffer.Count > 0 && !_isHungUp ? EventKinds.Writable : 0);

    private bool CanSend =>
        IsConnected && IsReadable && !_hasHostEnded && (_guestShutdown & VsockShutdown.Rcv) == 0 && (Credit > 0 || !_hasAskedForCredit);

    // A guest that states nonsense has none.
    private uint Credit
    {
        get
        {
            var underway = unchecked(_sent - _guestForwarded);
            return underway <= _guestBuffer ? _guestBuffer - underway : 0;
        }
    }

    /// <summary>The guest has taken a connection that the host wanted.</summary>
    internal void Accept()
    {
        if (IsConnected || Todo != 0)
        {
            Todo |= VsockTodo.Reset; // Nobody asked, or not yet.
            return;
        }
        IsConnected = true;
        var answer = Encoding.ASCII.GetBytes($"OK {Key.HostPort}\n");
        if (Send(answer) < answer.Length)
            Todo |= VsockTodo.Reset; // A new socket has room, unless its other end is gone.
    }

    /// <summary>Every packet of the guest tells its room.</summary>
    internal void NoteCredit(in VsockHeader header)
    {
        _guestBuffer = header.BufAlloc;
        _guestForwarded = header.FwdCnt;
        if (Credit > 0)
            _hasAskedForCredit = false;
    }

    internal void TellCredit() => Todo |= VsockTodo.CreditUpdate;

    internal void Break() => Todo |= VsockTodo.Reset;

    /// <summary>Bytes of the guest.</summary>
    internal void Receive(ReadOnlySpan<byte> bytes)
    {
        var waiting = unchecked(_received - _forwarded) + (ulong)(uint)bytes.Length;
        if (!IsConnected || (_guestShutdown & VsockShutdown.Send) != 0 || waiting > BufferSize)
        {
            Todo |= VsockTodo.Reset; // It sends what it must not, or more than it may.
            return;
        }
        unchecked
        {
            _received += (uint)bytes.Length;
        }
        Forward(bytes);
    }

    internal void Shut(VsockShutdown what)
    {
        _guestShutdown |= what;
        EndAsShut();
    }

    /// <summary>The loop tells of the socket.</summary>
    internal void NoteSocket(EventKinds happened)
    {
        if ((happened & (EventKinds.HangUp | EventKinds.Error)) != 0)
        {
            _isHungUp = true;
            if (!IsConnected || _hasHostEnded || (_guestShutdown & VsockShutdown.Rcv) != 0)
                Todo |= VsockTodo.Reset;
        }
        if ((happened & ~EventKinds.Writable) != 0)
            IsReadable = true;
        if ((happened & EventKinds.Writable) != 0)
            FlushBuffer();
    }

    /// <summary>Makes the next packet for the guest.</summary>
    /// <param name="header">Receives what is particular to it.</param>
    /// <param name="payload">Room for bytes.</param>
    /// <returns>False if there is nothing, after all.</returns>
    internal bool TryMakePacket(ref VsockHeader header, Span<byte> payload)
    {
        header.BufAlloc = BufferSize;
        if (
            TryTake(VsockTodo.Request, ref header, VsockOperation.Request)
            || TryTake(VsockTodo.Response, ref header, VsockOperation.Response)
        )
            return Told(ref header);
        if ((Todo & VsockTodo.Reset) != 0)
        {
            header.Op = VsockOperation.Rst;
            IsClosed = true;
            return Told(ref header);
        }
        if (CanSend && Credit == 0)
        {
            _hasAskedForCredit = true;
            Todo |= VsockTodo.CreditRequest;
        }
        if (CanSend && Credit > 0 && TryRead(payload[..(int)Math.Min((uint)payload.Length, Credit)], ref header))
            return Told(ref header);
        if ((Todo & VsockTodo.Shutdown) != 0)
        {
            header.Flags = (uint)(VsockShutdown.Send | (_isHungUp ? VsockShutdown.Rcv : 0));
            if (_isHungUp)
                Todo |= VsockTodo.Reset; // Next.
        }
        return (
                TryTake(VsockTodo.Shutdown, ref header, VsockOperation.Shutdown)
                || TryTake(VsockTodo.CreditRequest, ref header, VsockOperation.CreditRequest)
                || TryTake(VsockTodo.CreditUpdate, ref header, VsockOperation.CreditUpdate)
            ) && Told(ref header);
    }

    /// <summary>Nothing is done with it any more.</summary>
    internal void Abandon() => IsClosed = true;

    /// <summary>Closes the socket. On the loop's thread.</summary>
    internal void Close()
    {
        IsClosed = true;
        Source?.Dispose();
        Source = null;
        _socket.Dispose();
    }

    private bool Told(ref VsockHeader header)
    {
        header.FwdCnt = _told = _forwarded;
        Todo &= ~VsockTodo.CreditUpdate;
        return true;
    }

    private bool TryTake(VsockTodo what, ref VsockHeader header, VsockOperation operation)
    {
        if ((Todo & what) == 0)
            return false;
        Todo &= ~what;
        header.Op = operation;
        return true;
    }

    private bool TryRead(Span<byte> room, ref VsockHeader header)
    {
        if (room.IsEmpty)
            return false;
        var length = _socket.Receive(room, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            IsReadable = false;
            return false;
        }
        if (error != SocketError.Success || length == 0)
        {
            _hasHostEnded = true;
            Todo |= error == SocketError.Success ? VsockTodo.Shutdown : VsockTodo.Reset;
            return false;
        }
        unchecked
        {
            _sent += (uint)length;
        }
        header.Op = VsockOperation.Rw;
        header.Len = (uint)length;
        return true;
    }

    /// <summary>Gives bytes to the socket, and keeps what it does not take.</summary>
    private void Forward(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Count == 0)
        {
            var sent = Send(bytes);
            NoteForwarded(sent);
            bytes = bytes[sent..];
        }
        if (!_isHungUp)
            _buffer.Put(bytes);
    }

    private void FlushBuffer()
    {
        while (_buffer.Count > 0 && !_isHungUp)
        {
            var sent = Send(_buffer.First);
            if (sent == 0)
                break;
            _buffer.Drop(sent);
            NoteForwarded(sent);
        }
        EndAsShut();
    }

    private int Send(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || _isHungUp)
            return 0;
        var sent = _socket.Send(bytes, SocketFlags.None, out var error);
        if (error is SocketError.Success or SocketError.WouldBlock)
            return error == SocketError.Success ? sent : 0;
        _isHungUp = true;
        Todo |= VsockTodo.Reset;
        return 0;
    }

    private void NoteForwarded(int count)
    {
        unchecked
        {
            _forwarded += (uint)count;
            if (_forwarded - _told >= ToldAfter)
                Todo |= VsockTodo.CreditUpdate;
        }
    }

    /// <summary>Does what the guest wants to end once its bytes are out.</summary>
    private void EndAsShut()
    {
        if (_buffer.Count > 0 && !_isHungUp)
            return;
        if (_guestShutdown == (VsockShutdown.Rcv | VsockShutdown.Send) || (_isHungUp && (_guestShutdown & VsockShutdown.Rcv) != 0))
            Todo |= VsockTodo.Reset;
        else if ((_guestShutdown & VsockShutdown.Send) != 0)
            ShutSocket(SocketShutdown.Send);
        else if ((_guestShutdown & VsockShutdown.Rcv) != 0)
            ShutSocket(SocketShutdown.Receive);
    }

    private void ShutSocket(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (SocketException)
        {
            _isHungUp = true; // The other end is gone, which the next read tells.
        }
    }
}
