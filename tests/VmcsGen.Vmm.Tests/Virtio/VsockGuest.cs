using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>
/// A guest's side of a socket device by hand, against UNIX sockets of the host: what tests of it begin with. Source: VIRTIO 1.2, 5.10.
/// </summary>
public abstract class VsockGuest : IDisposable
{
    private protected const uint Cid = 42;
    private protected const int Header = 44;
    private protected const ushort Request = 1;
    private protected const ushort Response = 2;
    private protected const ushort Reset = 3;
    private protected const ushort Shutdown = 4;
    private protected const ushort Data = 5;
    private protected const ushort CreditUpdate = 6;
    private protected const ushort CreditRequest = 7;
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private ushort _sent;

    private protected VsockGuest()
    {
        Device = new(Loop, Cid, SocketPath);
        Driver = new(Device);
        (Incoming, Outgoing, Events) = (new(Driver.Memory, 0), new(Driver.Memory, 1), new(Driver.Memory, 2));
        Loop.Start();
        Begin();
    }

    private protected TemporaryFolder Folder { get; } = new();

    private protected EventLoop Loop { get; } = new();

    private protected VirtioVsock Device { get; }

    private protected TestDriver Driver { get; }

    private protected TestQueue Incoming { get; }

    private protected TestQueue Outgoing { get; }

    private protected TestQueue Events { get; }

    /// <summary>What is disposed of at the end.</summary>
    private protected List<IDisposable> Things { get; } = [];

    private protected List<Socket> Listeners { get; } = [];

    private protected string SocketPath => Folder.File("v");

    /// <summary>Leaves no socket behind.</summary>
    public void Dispose()
    {
        Device.Dispose();
        Loop.Dispose();
        foreach (var thing in Things)
            thing.Dispose();
        Driver.Dispose();
        Assert.False(File.Exists(SocketPath));
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Begin(bool roomForPackets = true)
    {
        Driver.Begin(Incoming, Outgoing, Events);
        _sent = 0;
        for (ushort i = 0; roomForPackets && i < 8; i++)
            Incoming.OfferRoom(i);
        Driver.Ring(Incoming);
    }

    private protected void GiveRoom(ushort descriptor)
    {
        Incoming.OfferRoom(descriptor);
        Driver.Ring(Incoming);
    }

    private protected void Listen(uint port)
    {
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Things.Add(listener);
        listener.Bind(new UnixDomainSocketEndPoint($"{SocketPath}_{port}"));
        listener.Listen(8);
        Listeners.Add(listener);
    }

    /// <summary>Connects the guest to a port of the host, and gives the host's socket.</summary>
    private protected Socket Call(uint hostPort, uint guestPort, uint buffer = 1 << 16)
    {
        Listen(hostPort);
        Send(Packet(Request, guestPort, hostPort, buffer: buffer));
        var socket = Listeners[^1].Accept();
        socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        Things.Add(socket);
        var packet = Take();
        Assert.Equal((Response, hostPort, guestPort), (packet.Op, packet.HostPort, packet.GuestPort));
        Assert.Equal(1, Device.Connections);
        return socket;
    }

    private protected static byte[] Packet(
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

    private protected void Send(byte[] packet, bool isChecked = true)
    {
        var before = Outgoing.Returned;
        Outgoing.OfferBytes((ushort)(_sent++ % 8), packet);
        Driver.Ring(Outgoing);
        if (isChecked && Driver.Status == 15)
            Assert.Equal(before + 1, Outgoing.Returned);
    }

    private protected Packets Take(bool isGivenBack = true)
    {
        Await(() => Incoming.Returned > 0);
        var bytes = Incoming.Take(out var descriptor);
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
    private protected void Settle()
    {
        for (var i = 0; i < 3; i++)
        {
            using ManualResetEventSlim passed = new();
            Loop.Post(passed.Set);
            Assert.True(passed.Wait(Patience));
        }
    }

    private protected static Socket Connect(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)Patience.TotalMilliseconds,
        };
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private protected static string Receive(Socket socket, int length) => Encoding.ASCII.GetString(ReceiveBytes(socket, length));

    private protected static byte[] ReceiveBytes(Socket socket, int length)
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
    private protected static int ReceiveEnd(Socket socket)
    {
        var count = socket.Receive(new byte[1], SocketFlags.None, out var error);
        return error == SocketError.ConnectionReset ? 0 : count;
    }

    private protected static void Await(Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(isSo, Patience), "It does not happen.");

    private protected readonly record struct Packets(
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
