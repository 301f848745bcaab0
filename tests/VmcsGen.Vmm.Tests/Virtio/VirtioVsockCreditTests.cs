using System.Linq;
using System.Net.Sockets;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>Neither side sends more than the other has room for.</summary>
public sealed class VirtioVsockCreditTests : VsockGuest
{
    [Fact]
    public void Device_sends_no_more_than_the_guest_has_room_for()
    {
        var host = Call(1234, 77, buffer: 10);
        host.Send("0123456789abcdefghij"u8);
        Assert.Equal("0123456789"u8.ToArray(), Take().Payload);
        Assert.Equal(CreditRequest, Take().Op);
        Settle();
        Assert.Equal(0, Incoming.Returned);
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
        Assert.Equal(0, Incoming.Returned);
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
            while (Incoming.Returned > 0)
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
        Await(() => Incoming.Returned > 0);
        Packets last = default;
        while (Incoming.Returned > 0)
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
            while (Incoming.Returned > 0)
                op = Take().Op;
        }
        Assert.Equal(Reset, op);
        Assert.True(room <= 1 << 16);
        Assert.Equal(0, Device.Connections);
    }
}
