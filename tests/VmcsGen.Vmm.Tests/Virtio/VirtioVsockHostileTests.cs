using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Net.Sockets;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>Guests and hosts that go beyond bounds, or make mistakes.</summary>
public sealed class VirtioVsockHostileTests : VsockGuest
{
    [Fact]
    public void Connections_are_bounded()
    {
        Listen(1234);
        for (uint i = 0; i < 256; i++)
        {
            Send(Packet(Request, i, 1234));
            Assert.Equal(Response, Take().Op);
            Things.Add(Listeners[^1].Accept());
        }
        Send(Packet(Request, 256, 1234));
        Assert.Equal(Reset, Take().Op);
        Assert.Equal(256, Device.Connections);
        using var host = Connect(SocketPath);
        Assert.Equal(0, ReceiveEnd(host));
        Begin(); // A driver that begins anew has none.
        Await(() => Device.Connections == 0);
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
        Assert.Equal(0, Incoming.Returned);
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
        Assert.Contains("in all", Driver.Transport.Failure, StringComparison.Ordinal);
        Assert.Equal(0x4Fu, Driver.Status);
    }

    [Fact]
    public void Room_for_a_header_alone_stops_the_device()
    {
        Begin(roomForPackets: false);
        Incoming.OfferRoom(0, Header);
        Driver.Ring(Incoming);
        Send(Packet(Request, 77, 1234));
        Assert.Contains("room for 44", Driver.Transport.Failure, StringComparison.Ordinal);
        Assert.Equal(0x4Fu, Driver.Status);
    }

    [Fact]
    public void Guest_that_makes_mistakes_and_reads_no_answers_is_held_back()
    {
        Begin(roomForPackets: false);
        for (var i = 0; i < 70; i++)
            Send(Packet(Data, (uint)i, 2, [1]), isChecked: false);
        Assert.Equal(64, Outgoing.Returned);
        for (var i = 0; i < 64; i++)
        {
            GiveRoom(0);
            Assert.Equal(Reset, Take(isGivenBack: false).Op);
        }
        Await(() => Outgoing.Returned > 64);
        Assert.Equal(15u, Driver.Status);
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
            while (Incoming.Returned > 0)
                Take();
            if (random.Next(30) == 0 && Listeners[0].Poll(0, SelectMode.SelectRead))
                accepted.Add(Listeners[0].Accept());
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
            if (Driver.Status != 15)
                Begin();
        }
        Assert.False(Loop.Ended.IsCompleted, $"{Loop.Ended.Exception}");
        Assert.InRange(Device.Connections, 0, 12);
        Things.AddRange(accepted);
    }
}
