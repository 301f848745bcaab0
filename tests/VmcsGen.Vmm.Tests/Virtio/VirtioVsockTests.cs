using System;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>Connections between guest and host: how they begin, talk and end.</summary>
public sealed class VirtioVsockTests : VsockGuest
{
    [Fact]
    public void Device_says_the_guests_address()
    {
        Assert.Equal((19u, Cid, 0u), (Driver.Read(8), Driver.Read(0x100), Driver.Read(0x104)));
        Assert.Throws<ArgumentException>(() => new VirtioVsock(Loop, 2, Folder.File("w")));
        Assert.Throws<ArgumentException>(() => new VirtioVsock(Loop, 3, new string('x', 97)));
        Assert.Throws<SocketException>(() => new VirtioVsock(Loop, 3, SocketPath));
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
        Assert.Equal(0, Device.Connections);
    }

    [Fact]
    public void Port_where_nobody_listens_resets()
    {
        Send(Packet(Request, 77, 1234));
        var packet = Take();
        Assert.Equal((Reset, 1234u, 77u), (packet.Op, packet.HostPort, packet.GuestPort));
        Assert.Equal(0, Device.Connections);
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
        Assert.Equal(0, Device.Connections);
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
        Assert.Equal(0, Device.Connections);
    }

    [Fact]
    public void Guest_that_refuses_or_is_not_there_closes_the_hosts_socket()
    {
        using var host = Connect(SocketPath);
        host.Send("CONNECT 52\n"u8);
        Send(Packet(Reset, 52, Take().HostPort));
        Assert.Equal(0, ReceiveEnd(host));

        Driver.Write(0x70, 0);
        using var other = Connect(SocketPath);
        other.Send("CONNECT 52\n"u8);
        Assert.Equal(0, ReceiveEnd(other));
        Await(() => Device.Connections == 0);
    }

    [Fact]
    public void Host_that_leaves_before_the_guest_answers_takes_its_wish_back()
    {
        using var host = Connect(SocketPath);
        host.Send("CONNECT 52\n"u8);
        Assert.Equal(Request, Take().Op);
        host.Dispose();
        Assert.Equal(Reset, Take().Op);
        Assert.Equal(0, Device.Connections);
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
        Assert.Equal(0, Device.Connections);
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
    public void Restored_guest_is_told_that_its_connections_are_gone()
    {
        var host = Call(1234, 77);
        Events.OfferRoom(0, 4);
        Driver.Ring(Events);
        Assert.Equal(0, Events.Returned);
        var state = Driver.Transport.SaveState();
        using VirtioVsock device = new(Loop, Cid + 1, Folder.File("w"));
        VirtioMmioTransport restored = new(device, Driver.Memory, line: null);
        restored.RestoreState(state);
        Assert.Equal(1, Events.Returned);
        Assert.Equal([0, 0, 0, 0], Events.Take(out _));
        host.Send("x"u8);
        Assert.Equal(0, device.Connections);
    }
}
