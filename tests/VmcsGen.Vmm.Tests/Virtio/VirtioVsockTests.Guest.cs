using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>What the guest and programs of the host do.</summary>
public sealed partial class VirtioVsockTests
{
    private readonly List<Socket> _listeners = [];

    private void Begin(bool roomForPackets = true)
    {
        _driver.Begin(_incoming, _outgoing, _events);
        _sent = 0;
        for (ushort i = 0; roomForPackets && i < 8; i++)
            _incoming.OfferRoom(i);
        _driver.Ring(_incoming);
    }

    private void GiveRoom(ushort descriptor)
    {
        _incoming.OfferRoom(descriptor);
        _driver.Ring(_incoming);
    }

    private void Listen(uint port)
    {
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _things.Add(listener);
        listener.Bind(new UnixDomainSocketEndPoint($"{SocketPath}_{port}"));
        listener.Listen(8);
        _listeners.Add(listener);
    }

    /// <summary>Connects the guest to a port of the host, and gives the host's socket.</summary>
    private Socket Call(uint hostPort, uint guestPort, uint buffer = 1 << 16)
    {
        Listen(hostPort);
        Send(Packet(Request, guestPort, hostPort, buffer: buffer));
        var socket = _listeners[^1].Accept();
        socket.ReceiveTimeout = (int)s_patience.TotalMilliseconds;
        _things.Add(socket);
        var packet = Take();
        Assert.Equal((Response, hostPort, guestPort), (packet.Op, packet.HostPort, packet.GuestPort));
        Assert.Equal(1, _device.Connections);
        return socket;
    }

    private static byte[] Packet(
        ushort op,
        uint guestPort,
        uint hostPort,
        byte[]? payload = null,
        uint flags = 0,
        uint buffer = 1 << 16,
        uint forwarded = 0
    )
    {
        var bytes = new byte[Header + (payload?.Length ?? 0)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Cid);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), guestPort);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), hostPort);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), (uint)(payload?.Length ?? 0));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(28), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(30), op);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(32), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(36), buffer);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(40), forwarded);
        payload?.CopyTo(bytes, Header);
        return bytes;
    }

    private void Send(byte[] packet, bool isChecked = true)
    {
        var before = _outgoing.Returned;
        _outgoing.OfferBytes((ushort)(_sent++ % 8), packet);
        _driver.Ring(_outgoing);
        if (isChecked && _driver.Status == 15)
            Assert.Equal(before + 1, _outgoing.Returned);
    }

    private Packets Take(bool isGivenBack = true)
    {
        Await(() => _incoming.Returned > 0);
        var bytes = _incoming.Take(out var descriptor);
        if (isGivenBack)
            GiveRoom(descriptor);
        return new(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(16)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(20)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(24)),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(28)),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(30)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(32)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(36)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(40)),
            bytes[Header..]
        );
    }

    /// <summary>Waits until the loop has done what it has to do.</summary>
    private void Settle()
    {
        for (var i = 0; i < 3; i++)
        {
            using ManualResetEventSlim passed = new();
            _loop.Post(passed.Set);
            Assert.True(passed.Wait(s_patience));
        }
    }

    private static Socket Connect(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)s_patience.TotalMilliseconds,
        };
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static string Receive(Socket socket, int length) => Encoding.ASCII.GetString(ReceiveBytes(socket, length));

    private static byte[] ReceiveBytes(Socket socket, int length)
    {
        var bytes = new byte[length];
        for (var done = 0; done < length; )
        {
            var count = socket.Receive(bytes.AsSpan(done));
            Assert.NotEqual(0, count);
            done += count;
        }
        return bytes;
    }

    // A socket that is closed with bytes unread breaks the connection instead of ending it.
    private static int ReceiveEnd(Socket socket)
    {
        var count = socket.Receive(new byte[1], SocketFlags.None, out var error);
        return error == SocketError.ConnectionReset ? 0 : count;
    }

    private static void Await(Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(isSo, s_patience), "It does not happen.");

    private readonly record struct Packets(
        ulong Source,
        ulong Destination,
        uint HostPort,
        uint GuestPort,
        uint Length,
        ushort Type,
        ushort Op,
        uint Flags,
        uint Buffer,
        uint Forwarded,
        byte[] Payload
    );
}
