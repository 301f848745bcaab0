using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>
/// Sockets between a guest and its host, as VSOCK addresses in the guest and UNIX sockets on the host. What the guest connects to port P of
/// the host reaches the UNIX socket <c>PATH_P</c>. A program of the host connects to PATH and writes <c>CONNECT P</c> and a line feed; it
/// reads <c>OK</c> and a number when the guest has taken the connection. So do Firecracker and Cloud Hypervisor. Source: VIRTIO 1.2, 5.10.
/// </summary>
/// <remarks>
/// Streams alone. Each connection has room for 64 KiB of the guest's bytes; a guest that sends more, or what it must not, has the
/// connection reset. After <see cref="PcMachine.Restore"/> the guest is told that all connections are gone.
/// </remarks>
[MustDispose]
public sealed partial class VirtioVsock : VirtioDevice, IDisposable
{
    /// <summary>The host's address.</summary>
    public const uint HostCid = 2;

    /// <summary>Most connections at a time. Further ones are reset.</summary>
    public const int MostConnections = 256;

    private const uint LeastGuestCid = 3;
    private const int Receive = 0;
    private const int Transmit = 1;
    private const int Events = 2;
    private const int MostReplies = 64;
    private const int MostPayload = 1 << 16;
    private const int LongestPath = 107 - 11; // Of sun_path, with _ and a port of ten digits behind it.

    private readonly EventLoop _loop;
    private readonly string _path;
    private readonly object _gate = new();
    private readonly Dictionary<VsockKey, VsockConnection> _connections = [];
    private readonly Queue<VsockConnection> _ready = [];
    private readonly Queue<VsockHeader> _replies = [];
    private readonly byte[] _payload = new byte[MostPayload];
    private readonly Action _transmit;
    private bool _hasHeldBack;
    private bool _mustTellReset;

    /// <summary>Makes the device, and listens for programs of the host.</summary>
    /// <param name="loop">What waits for sockets: <see cref="PcMachine.Loop"/>.</param>
    /// <param name="guestCid">The guest's address: 3 and more.</param>
    /// <param name="path">The UNIX socket, which is made here and removed in the end.</param>
    /// <exception cref="ArgumentException">The guest's address is reserved, or the path is too long.</exception>
    /// <exception cref="SocketException">There is such a file already, or it cannot be made.</exception>
    public VirtioVsock(EventLoop loop, uint guestCid, string path)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (guestCid is < LeastGuestCid or uint.MaxValue)
            throw new ArgumentException($"{guestCid} is reserved: guests have 3 to 4294967294.", nameof(guestCid));
        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
            throw new ArgumentException($"'{path}' is too long: names of UNIX sockets leave {LongestPath} bytes.", nameof(path));
        _loop = loop;
        _path = path;
        GuestCid = guestCid;
        _transmit = () => Transport?.ServeQueue(Transmit);
        Listen();
    }

    /// <summary>The guest's address.</summary>
    public uint GuestCid { get; }

    /// <summary>Connections that there are.</summary>
    public int Connections
    {
        get
        {
            lock (_gate)
                return _connections.Count;
        }
    }

    /// <inheritdoc/>
    public override uint DeviceId => 19;

    /// <inheritdoc/>
    public override int QueueCount => 3;

    /// <inheritdoc/>
    public override void ReadConfiguration(uint offset, Span<byte> data) =>
        CopyConfiguration(new VsockConfiguration { GuestCid = GuestCid }, offset, data);

    /// <inheritdoc/>
    public override bool Serve(int index, Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        lock (_gate)
        {
            return index switch
            {
                Receive => ServeReceive(queue),
                Transmit => ServeTransmit(queue),
                _ => ServeEvents(queue),
            };
        }
    }

    /// <summary>Ends all connections.</summary>
    public override void Reset()
    {
        lock (_gate)
        {
            foreach (var connection in _connections.Values)
                Forget(connection);
            _connections.Clear();
            _ready.Clear();
            _replies.Clear();
            _mustTellReset = false;
        }
    }

    /// <summary>Nothing: connections do not outlive their machine.</summary>
    public override byte[] SaveState() => [];

    /// <inheritdoc/>
    public override void RestoreState(ReadOnlySpan<byte> state)
    {
        base.RestoreState(state);
        lock (_gate)
            _mustTellReset = true;
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "sockets";

    /// <summary>Ends all connections and removes the UNIX socket.</summary>
    public void Dispose()
    {
        VsockConnection[] connections;
        lock (_gate)
        {
            connections = [.. _connections.Values];
            Reset();
        }
        // Not under the lock, for which a handler may wait.
        foreach (var connection in connections)
            connection.Close();
        CloseCallers();
        File.Delete(_path);
    }

    private bool ServeEvents(Virtqueue queue)
    {
        if (!_mustTellReset || !queue.TryTake(out var chain))
            return false;
        VsockEventRecord record = new() { Id = VsockEvent.TransportReset };
        queue.Return(chain, (uint)chain.Write(0, MemoryMarshal.AsBytes(new ReadOnlySpan<VsockEventRecord>(in record))));
        _mustTellReset = false;
        return true;
    }

    private bool ServeReceive(Virtqueue queue)
    {
        var served = false;
        while ((_replies.Count > 0 || _ready.Count > 0) && queue.TryTake(out var chain))
        {
            var headerLength = (uint)Unsafe.SizeOf<VsockHeader>();
            // With room for a header alone, bytes could never be told.
            if (chain.WritableLength <= headerLength)
                throw new VirtqueueException(
                    $"A packet has a header of {headerLength} bytes, and there is room for {chain.WritableLength} in all."
                );
            var room = (int)Math.Min(chain.WritableLength - headerLength, MostPayload);
            if (!TryMakePacket(room, out var header))
            {
                queue.PutBack();
                continue;
            }
            chain.Write(0, MemoryMarshal.AsBytes(new ReadOnlySpan<VsockHeader>(in header)));
            chain.Write(headerLength, _payload.AsSpan(0, (int)header.Len));
            queue.Return(chain, headerLength + header.Len);
            served = true;
        }
        if (_hasHeldBack && _replies.Count == 0)
        {
            _hasHeldBack = false;
            _loop.Post(_transmit);
        }
        return served;
    }

    private bool TryMakePacket(int room, out VsockHeader header)
    {
        if (_replies.TryDequeue(out header))
            return true;
        var connection = _ready.Dequeue();
        connection.IsQueued = false;
        if (connection.IsClosed)
            return false;
        header = new()
        {
            SrcCid = HostCid,
            DstCid = GuestCid,
            SrcPort = connection.Key.HostPort,
            DstPort = connection.Key.GuestPort,
            Type = VsockType.Stream,
        };
        var isMade = connection.TryMakePacket(ref header, _payload.AsSpan(0, room));
        if (connection.IsClosed)
            Remove(connection);
        else
            Update(connection); // Behind the others, if it has more.
        return isMade;
    }

    private bool ServeTransmit(Virtqueue queue)
    {
        var served = false;
        while (true)
        {
            // A guest that makes mistakes and does not read of them is not listened to.
            if (_replies.Count >= MostReplies)
            {
                _hasHeldBack = true;
                break;
            }
            if (!queue.TryTake(out var chain))
                break;
            served = true;
            TakePacket(chain);
            queue.Return(chain, 0);
        }
        if (served)
            Transport?.ServeQueue(Receive);
        return served;
    }

    private void TakePacket(VirtqueueChain chain)
    {
        VsockHeader header = default;
        var bytes = MemoryMarshal.AsBytes(new Span<VsockHeader>(ref header));
        if (chain.Read(0, bytes) < bytes.Length || header.Len > chain.ReadableLength - (uint)bytes.Length)
        {
            throw new VirtqueueException(
                $"A packet has {bytes.Length} bytes of header and {header.Len} behind it, and this chain {chain.ReadableLength} in all."
            );
        }
        VsockKey key = new(header.DstPort, header.SrcPort);
        if (header.SrcCid != GuestCid || header.DstCid != HostCid || header.Type != VsockType.Stream || header.Len > MostPayload)
            Refuse(header);
        else if (_connections.TryGetValue(key, out var connection))
            TakePacket(connection, header, chain, (uint)bytes.Length);
        else if (header.Op == VsockOperation.Request)
            Connect(key, header);
        else
            Refuse(header);
    }

    private void TakePacket(VsockConnection connection, in VsockHeader header, VirtqueueChain chain, uint start)
    {
        connection.NoteCredit(header);
        switch (header.Op)
        {
            case VsockOperation.Response:
                connection.Accept();
                break;
            case VsockOperation.Rst:
                Remove(connection);
                return;
            case VsockOperation.Shutdown:
                connection.Shut((VsockShutdown)header.Flags & (VsockShutdown.Rcv | VsockShutdown.Send));
                break;
            case VsockOperation.Rw:
                connection.Receive(_payload.AsSpan(0, chain.Read(start, _payload.AsSpan(0, (int)header.Len))));
                break;
            case VsockOperation.CreditUpdate:
                break;
            case VsockOperation.CreditRequest:
                connection.TellCredit();
                break;
            default:
                connection.Break();
                break;
        }
        Update(connection);
    }

    /// <summary>Answers a packet that belongs nowhere.</summary>
    private void Refuse(in VsockHeader header)
    {
        if (header.Op == VsockOperation.Rst)
            return;
        _replies.Enqueue(
            new()
            {
                SrcCid = header.DstCid,
                DstCid = GuestCid,
                SrcPort = header.DstPort,
                DstPort = header.SrcPort,
                Type = header.Type,
                Op = VsockOperation.Rst,
            }
        );
    }

    /// <summary>Has the loop wait for what the connection waits for, and the guest told of what there is.</summary>
    private void Update(VsockConnection connection)
    {
        if (connection.Source is { } source)
            source.Kinds = connection.Kinds;
        if (!connection.HasPacket || connection.IsQueued)
            return;
        connection.IsQueued = true;
        _ready.Enqueue(connection);
    }

    private void Remove(VsockConnection connection)
    {
        if (_connections.Remove(connection.Key))
            Forget(connection);
    }

    // By the loop: whoever serves the device must not wait here for a handler that waits for the device.
    private void Forget(VsockConnection connection)
    {
        connection.Abandon();
        _loop.Post(connection.Close);
    }
}
