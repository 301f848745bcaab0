using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>A guest's side by hand, against UNIX sockets of the host. Source: VIRTIO 1.2, 5.10.</summary>
[Trait("Needs", "Kvm")]
public sealed partial class VirtioVsockTests : IDisposable
{
    private const uint Cid = 42;
    private const int Header = 44;
    private const ushort Request = 1;
    private const ushort Response = 2;
    private const ushort Reset = 3;
    private const ushort Shutdown = 4;
    private const ushort Data = 5;
    private const ushort CreditUpdate = 6;
    private const ushort CreditRequest = 7;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly EventLoop _loop = new();
    private readonly VirtioVsock _device;
    private readonly TestDriver _driver;
    private readonly TestQueue _incoming;
    private readonly TestQueue _outgoing;
    private readonly TestQueue _events;
    private readonly List<IDisposable> _things = [];
    private ushort _sent;

    public VirtioVsockTests()
    {
        _device = new(_loop, Cid, SocketPath);
        _driver = new(_device);
        (_incoming, _outgoing, _events) = (new(_driver.Memory, 0), new(_driver.Memory, 1), new(_driver.Memory, 2));
        _loop.Start();
        Begin();
    }

    private string SocketPath => _folder.File("v");

    [Fact]
    public void Device_says_the_guests_address()
    {
        Assert.Equal((19u, Cid, 0u), (_driver.Read(8), _driver.Read(0x100), _driver.Read(0x104)));
        Assert.Throws<ArgumentException>(() => new VirtioVsock(_loop, 2, _folder.File("w")));
        Assert.Throws<ArgumentException>(() => new VirtioVsock(_loop, 3, new string('x', 97)));
        Assert.Throws<SocketException>(() => new VirtioVsock(_loop, 3, SocketPath));
    }

    [Fact]
    public void Guest_connects_to_a_socket_of_the_host_and_both_talk()
    {
        var host = Call(1234, 77);
        Send(Packet(Data, 77, 1234, "hello"u8.ToArray()));
        Assert.Equal("hello", Receive(host, 5));
        host.Send("world!"u8);
        var packet = Take();
        Assert.Equal((Data, 1234u, 77u, 6u), (packet.Op, packet.HostPort, packet.GuestPort, packet.Length));
        Assert.Equal("world!"u8.ToArray(), packet.Payload);
        Assert.Equal(
            (2ul, (ulong)Cid, (ushort)1, 1u << 16, 5u),
            (packet.Source, packet.Destination, packet.Type, packet.Buffer, packet.Forwarded)
        );

        Send(Packet(Shutdown, 77, 1234, flags: 3));
        Assert.Equal(Reset, Take().Op);
        Assert.Equal(0, host.Receive(new byte[1]));
        Assert.Equal(0, _device.Connections);
    }

    [Fact]
    public void Port_where_nobody_listens_resets()
    {
        Send(Packet(Request, 77, 1234));
        var packet = Take();
        Assert.Equal((Reset, 1234u, 77u), (packet.Op, packet.HostPort, packet.GuestPort));
        Assert.Equal(0, _device.Connections);
    }

    [Fact]
    public void Host_connects_to_a_port_of_the_guest()
    {
        using var host = Connect(SocketPath);
        host.Send("CONNECT 52\nearly"u8);
        var packet = Take();
        Assert.Equal((Request, 52u), (packet.Op, packet.GuestPort));
        Send(Packet(Response, 52, packet.HostPort));
        Assert.Equal($"OK {packet.HostPort}\n", Receive(host, $"OK {packet.HostPort}\n".Length));
        Assert.Equal("early"u8.ToArray(), Take().Payload);
        Send(Packet(Data, 52, packet.HostPort, "late"u8.ToArray()));
        Assert.Equal("late", Receive(host, 4));
        Send(Packet(Reset, 52, packet.HostPort));
        Assert.Equal(0, host.Receive(new byte[1]));
        Assert.Equal(0, _device.Connections);
    }

    [Theory]
    [InlineData("CONNECT\n")]
    [InlineData("CONNECT x\n")]
    [InlineData("CONNECT -1\n")]
    [InlineData("CONNECT 4294967296\n")]
    [InlineData("HELLO 1\n")]
    [InlineData("\n")]
    [InlineData("CONNECT 00000000000000000000000000000000000000000000001\n")]
    public void Wrong_words_of_the_host_are_hung_up_on(string words)
    {
        using var host = Connect(SocketPath);
        host.Send(Encoding.ASCII.GetBytes(words));
        Assert.Equal(0, ReceiveEnd(host));
        Assert.Equal(0, _device.Connections);
    }

    [Fact]
    public void Guest_that_refuses_or_is_not_there_closes_the_hosts_socket()
    {
        using var host = Connect(SocketPath);
        host.Send("CONNECT 52\n"u8);
        Send(Packet(Reset, 52, Take().HostPort));
        Assert.Equal(0, ReceiveEnd(host));

        _driver.Write(0x70, 0);
        using var other = Connect(SocketPath);
        other.Send("CONNECT 52\n"u8);
        Assert.Equal(0, ReceiveEnd(other));
        Await(() => _device.Connections == 0);
    }

    [Fact]
    public void Host_that_leaves_before_the_guest_answers_takes_its_wish_back()
    {
        using var host = Connect(SocketPath);
        host.Send("CONNECT 52\n"u8);
        Assert.Equal(Request, Take().Op);
        host.Dispose();
        Assert.Equal(Reset, Take().Op);
        Assert.Equal(0, _device.Connections);
    }

    [Fact]
    public void Host_that_closes_ends_the_connection_behind_its_last_bytes()
    {
        var host = Call(1234, 77);
        host.Send("last"u8);
        host.Dispose();
        Assert.Equal("last"u8.ToArray(), Take().Payload);
        var packet = Take();
        Assert.Equal((Shutdown, 3u), (packet.Op, packet.Flags));
        Assert.Equal(Reset, Take().Op);
        Assert.Equal(0, _device.Connections);
    }

    [Fact]
    public void Host_that_sends_no_more_can_still_read()
    {
        var host = Call(1234, 77);
        host.Shutdown(SocketShutdown.Send);
        var packet = Take();
        Assert.Equal((Shutdown, 2u), (packet.Op, packet.Flags));
        Send(Packet(Data, 77, 1234, "still"u8.ToArray()));
        Assert.Equal("still", Receive(host, 5));
        Send(Packet(Shutdown, 77, 1234, flags: 2));
        Assert.Equal(0, ReceiveEnd(host));
    }

    [Fact]
    public void Device_sends_no_more_than_the_guest_has_room_for()
    {
        var host = Call(1234, 77, buffer: 10);
        host.Send("0123456789abcdefghij"u8);
        Assert.Equal("0123456789"u8.ToArray(), Take().Payload);
        Assert.Equal(CreditRequest, Take().Op);
        Settle();
        Assert.Equal(0, _incoming.Returned);
        Send(Packet(CreditUpdate, 77, 1234, buffer: 10, forwarded: 4));
        Assert.Equal("abcd"u8.ToArray(), Take().Payload);
        Assert.Equal(CreditRequest, Take().Op);
        Send(Packet(CreditUpdate, 77, 1234, buffer: 10, forwarded: 14));
        Assert.Equal("efghij"u8.ToArray(), Take().Payload);
        // It has had more than was ever sent: there is no room then.
        Send(Packet(CreditUpdate, 77, 1234, buffer: 10, forwarded: 1000));
        host.Send("x"u8);
        Assert.Equal(CreditRequest, Take().Op);
        Settle();
        Assert.Equal(0, _incoming.Returned);
    }

    [Fact]
    public void Guest_is_told_of_room_when_the_host_reads_and_reset_when_it_sends_more()
    {
        var host = Call(1234, 77);
        var chunk = Enumerable.Range(0, 8192).Select(static i => (byte)i).ToArray();
        uint sent = 0;
        uint forwarded = 0;
        // As much as the socket takes, then as much as the device keeps.
        while (sent - forwarded + 8192 <= 1 << 16)
        {
            Send(Packet(Data, 77, 1234, chunk));
            sent += 8192;
            while (_incoming.Returned > 0)
            {
                var update = Take();
                Assert.Equal(CreditUpdate, update.Op);
                forwarded = update.Forwarded;
            }
        }
        Send(Packet(CreditRequest, 77, 1234));
        var exact = Take();
        Assert.Equal(CreditUpdate, exact.Op);
        var room = (1 << 16) - (sent - exact.Forwarded);
        for (var done = 0; done < sent; done += 8192)
            Assert.Equal(chunk, ReceiveBytes(host, 8192));
        Await(() => _incoming.Returned > 0);
        Packets last = default;
        while (_incoming.Returned > 0)
        {
            last = Take();
            Settle();
        }
        Assert.True(last.Forwarded > exact.Forwarded);

        // The socket is full again, and the guest does as if it were not.
        var op = Data;
        for (var i = 0; i < 200 && op != Reset; i++)
        {
            Send(Packet(Data, 77, 1234, chunk));
            while (_incoming.Returned > 0)
                op = Take().Op;
        }
        Assert.Equal(Reset, op);
        Assert.True(room <= 1 << 16);
        Assert.Equal(0, _device.Connections);
    }

    [Fact]
    public void Connections_are_bounded()
    {
        Listen(1234);
        for (uint i = 0; i < 256; i++)
        {
            Send(Packet(Request, i, 1234));
            Assert.Equal(Response, Take().Op);
            _things.Add(_listeners[^1].Accept());
        }
        Send(Packet(Request, 256, 1234));
        Assert.Equal(Reset, Take().Op);
        Assert.Equal(256, _device.Connections);
        using var host = Connect(SocketPath);
        Assert.Equal(0, ReceiveEnd(host));
        Begin(); // A driver that begins anew has none.
        Await(() => _device.Connections == 0);
        Send(Packet(Request, 256, 1234));
        Assert.Equal(Response, Take().Op);
    }

    [Theory]
    [InlineData("address")]
    [InlineData("destination")]
    [InlineData("type")]
    [InlineData("data")]
    [InlineData("shutdown")]
    [InlineData("unknown")]
    public void Packets_that_belong_nowhere_are_answered_with_a_reset(string what)
    {
        var packet = what switch
        {
            "data" => Packet(Data, 1, 2, [1]),
            "shutdown" => Packet(Shutdown, 1, 2, flags: 3),
            "unknown" => Packet(99, 1, 2),
            _ => Packet(Request, 1, 2),
        };
        switch (what)
        {
            case "address":
                packet[0]++;
                break;
            case "destination":
                packet[8]++;
                break;
            case "type":
                packet[28] = 2; // SEQPACKET
                break;
        }
        Send(packet);
        var answer = Take();
        Assert.Equal((Reset, 2u, 1u), (answer.Op, answer.HostPort, answer.GuestPort));
        Send(Packet(Reset, 1, 2)); // Not answered.
        Settle();
        Assert.Equal(0, _incoming.Returned);
    }

    [Theory]
    [InlineData(43, 0u)]
    [InlineData(44, 1u)]
    [InlineData(100, 57u)]
    [InlineData(44, uint.MaxValue)]
    public void Packet_that_is_shorter_than_it_says_stops_the_device(int length, uint stated)
    {
        byte[] packet = [.. Packet(Data, 1, 2), .. new byte[100]];
        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(24), stated);
        Send(packet[..length]);
        Assert.Contains("in all", _driver.Transport.Failure, StringComparison.Ordinal);
        Assert.Equal(0x4Fu, _driver.Status);
    }

    [Fact]
    public void Room_for_a_header_alone_stops_the_device()
    {
        Begin(roomForPackets: false);
        _incoming.OfferRoom(0, Header);
        _driver.Ring(_incoming);
        Send(Packet(Request, 77, 1234));
        Assert.Contains("room for 44", _driver.Transport.Failure, StringComparison.Ordinal);
        Assert.Equal(0x4Fu, _driver.Status);
    }

    [Fact]
    public void Guest_that_makes_mistakes_and_reads_no_answers_is_held_back()
    {
        Begin(roomForPackets: false);
        for (var i = 0; i < 70; i++)
            Send(Packet(Data, (uint)i, 2, [1]), isChecked: false);
        Assert.Equal(64, _outgoing.Returned);
        for (var i = 0; i < 64; i++)
        {
            GiveRoom(0);
            Assert.Equal(Reset, Take(isGivenBack: false).Op);
        }
        Await(() => _outgoing.Returned > 64);
        Assert.Equal(15u, _driver.Status);
    }

    [Fact]
    public void Restored_guest_is_told_that_its_connections_are_gone()
    {
        var host = Call(1234, 77);
        _events.OfferRoom(0, 4);
        _driver.Ring(_events);
        Assert.Equal(0, _events.Returned);
        var state = _driver.Transport.SaveState();
        using VirtioVsock device = new(_loop, Cid + 1, _folder.File("w"));
        VirtioMmioTransport restored = new(device, _driver.Memory, line: null);
        restored.RestoreState(state);
        Assert.Equal(1, _events.Returned);
        Assert.Equal([0, 0, 0, 0], _events.Take(out _));
        host.Send("x"u8);
        Assert.Equal(0, device.Connections);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Device_survives_random_packets(int seed)
    {
        Listen(1);
        Random random = new(seed);
        List<Socket> accepted = [];
        for (var i = TestHost.Many(20_000, 1_000); i > 0; i--)
        {
            var packet = Packet(
                (ushort)random.Next(9),
                (uint)random.Next(4),
                (uint)random.Next(3),
                new byte[random.Next(2000)],
                (uint)random.Next(4),
                (uint)random.Next(3000),
                (uint)random.Next(3000)
            );
            if (random.Next(20) == 0)
                packet[random.Next(32)] ^= (byte)(1 << random.Next(8));
            Send(packet, isChecked: false);
            while (_incoming.Returned > 0)
                Take();
            if (random.Next(30) == 0 && _listeners[0].Poll(0, SelectMode.SelectRead))
                accepted.Add(_listeners[0].Accept());
            if (random.Next(10) == 0 && accepted.Count > 0)
            {
                var socket = accepted[random.Next(accepted.Count)];
                socket.Blocking = false;
                socket.Send(new byte[random.Next(1, 5000)], SocketFlags.None, out _);
                if (random.Next(3) == 0)
                {
                    socket.Dispose();
                    accepted.Remove(socket);
                }
            }
            if (_driver.Status != 15)
                Begin();
        }
        Assert.False(_loop.Ended.IsCompleted, $"{_loop.Ended.Exception}");
        Assert.InRange(_device.Connections, 0, 12);
        _things.AddRange(accepted);
    }

    public void Dispose()
    {
        _device.Dispose();
        _loop.Dispose();
        foreach (var thing in _things)
            thing.Dispose();
        _driver.Dispose();
        Assert.False(File.Exists(SocketPath));
        _folder.Dispose();
    }
}
