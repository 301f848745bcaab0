using System;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Threading;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

public sealed class VirtioNetTests : IDisposable
{
    private const int Header = 12;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly PhysicalAddress s_address = PhysicalAddress.Parse("52-54-00-12-34-56");

    private readonly TemporaryFolder _folder = new();
    private readonly EventLoop _loop = new();

    public VirtioNetTests() => _loop.Start();

    private string SocketPath => _folder.File("socket");

    [Fact]
    public void Interface_says_its_address_and_how_it_is()
    {
        using Guest guest = new(_loop, StreamLink.Listen(SocketPath));
        Assert.Equal(1u, guest.Driver.Read(8));
        guest.Driver.Write(0x14, 0);
        Assert.Equal(1u << 3 | 1u << 5 | 1u << 16, guest.Driver.Read(0x10) & ~(1u << 28));
        var configuration = new byte[12];
        guest.Driver.Transport.Read(0x100, configuration);
        Assert.Equal([0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 0, 1, 0, 0xDC, 5], configuration);
        using var peer = Connect();
        Await(() => guest.IsUp);
    }

    [Fact]
    public void Frames_go_both_ways_with_their_length_in_front()
    {
        using Guest guest = new(_loop, StreamLink.Listen(SocketPath));
        using var peer = Connect();
        Await(() => guest.IsUp);
        var sent = Frame(60, 1);
        guest.Send(0, sent);
        Assert.Equal([0, 0, 0, 60, .. sent], Receive(peer, 64));
        guest.Give(0, 1);
        var received = Frame(1518, 2);
        peer.Send([0, 0, 0x05, 0xEE, .. received]);
        Await(() => guest.Incoming.Returned == 1);
        byte[] expected = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, .. received];
        Assert.Equal(expected, guest.Incoming.Take(out _));
        Assert.Equal((1L, 1L, 0L), (guest.Device.FramesReceived, guest.Device.FramesSent, guest.Device.FramesDropped));
    }

    [Fact]
    public void Frames_wait_for_room_and_arrive_in_order()
    {
        using Guest guest = new(_loop, StreamLink.Listen(SocketPath));
        using var peer = Connect();
        for (byte i = 0; i < 20; i++)
            SendFrame(peer, Frame(100, i));
        for (byte i = 0; i < 20; i++)
        {
            guest.Give((ushort)(i % 8));
            Await(() => guest.Incoming.Returned == 1);
            Assert.Equal(Frame(100, i), guest.Incoming.Take(out _)[Header..]);
        }
    }

    [Fact]
    public void Frame_in_pieces_is_put_together()
    {
        using Guest guest = new(_loop, StreamLink.Listen(SocketPath));
        using var peer = Connect();
        guest.Give(0, 1);
        byte[] bytes = [0, 0, 0, 20, .. Frame(20, 1), 0, 0, 0, 30, .. Frame(30, 2)];
        foreach (var value in bytes)
        {
            peer.Send([value]);
            Thread.Yield();
        }
        Await(() => guest.Incoming.Returned == 2);
        Assert.Equal(Frame(20, 1), guest.Incoming.Take(out _)[Header..]);
        Assert.Equal(Frame(30, 2), guest.Incoming.Take(out _)[Header..]);
    }

    [Fact]
    public void Guest_waits_for_a_peer_that_does_not_read_and_loses_nothing()
    {
        using Guest guest = new(_loop, StreamLink.Listen(SocketPath));
        using var peer = Connect();
        Await(() => guest.IsUp);
        const int frames = 3000;
        var taken = 0;
        // Until the socket is full: then frames stay with the guest.
        for (var i = 0; i < frames && guest.Outgoing.Returned == i; i++)
        {
            guest.Send((ushort)(i % 8), Frame(1500, (byte)i));
            taken++;
        }
        Assert.InRange(taken, 2, frames - 1);
        for (var i = 0; i < taken; i++)
            Assert.Equal([0, 0, 0x05, 0xDC, .. Frame(1500, (byte)i)], Receive(peer, 1504));
        Await(() => guest.Outgoing.Returned == taken);
        Assert.Equal(taken, guest.Device.FramesSent);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(13u)]
    [InlineData(0x1_1001u)]
    [InlineData(uint.MaxValue)]
    public void Peer_that_states_a_length_that_no_frame_has_is_hung_up_on_and_another_may_come(uint length)
    {
        using var link = StreamLink.Listen(SocketPath);
        using Guest guest = new(_loop, link);
        using var peer = Connect();
        Await(() => guest.IsUp);
        guest.Driver.Write(0x64, 3);
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, length);
        peer.Send(bytes);
        Await(() => !guest.IsUp);
        Assert.Equal(0, peer.Receive(new byte[1]));
        Assert.Contains($"{length} bytes", link.Failure, StringComparison.Ordinal);
        Await(() => guest.Driver.Read(0x60) == 2); // The configuration has changed.
        Assert.Equal(15u, guest.Driver.Status);

        guest.Send(0, Frame(60, 1)); // Into the void.
        Await(() => guest.Outgoing.Returned == 1);
        using var other = Connect();
        Await(() => guest.IsUp);
        guest.Send(1, Frame(60, 2));
        Assert.Equal([0, 0, 0, 60, .. Frame(60, 2)], Receive(other, 64));
    }

    [Fact]
    public void Frames_that_do_not_fit_are_dropped_and_others_come()
    {
        using Guest guest = new(_loop, StreamLink.Listen(SocketPath));
        using var peer = Connect();
        guest.Incoming.OfferRoom(0, length: 50);
        guest.Give(1);
        for (var i = 0; i < 200; i++)
            SendFrame(peer, Frame(1519, 0)); // Longer than the interface has them.
        SendFrame(peer, Frame(60, 1)); // Longer than what the guest has for it.
        SendFrame(peer, Frame(60, 2));
        Await(() => guest.Incoming.Returned == 2);
        Assert.Empty(guest.Incoming.Take(out _));
        Assert.Equal(Frame(60, 2), guest.Incoming.Take(out _)[Header..]);
        Assert.Equal(201, guest.Device.FramesDropped);
    }

    [Fact]
    public void Frames_without_a_driver_are_not_taken_and_do_not_keep_the_loop_at_work()
    {
        using var link = StreamLink.Listen(SocketPath);
        using Guest guest = new(_loop, link, isBegun: false);
        using var peer = Connect();
        SendFrame(peer, Frame(60, 1));
        Await(() => !link.WantsFrames);
        guest.Begin();
        guest.Give(0);
        Await(() => guest.Incoming.Returned == 1);
    }

    [Fact]
    public void Frame_without_its_header_stops_the_device()
    {
        using Guest guest = new(_loop, StreamLink.Listen(SocketPath));
        guest.Outgoing.OfferBytes(0, new byte[11]);
        guest.Driver.Ring(guest.Outgoing);
        Assert.Contains("header of 12", guest.Driver.Transport.Failure, StringComparison.Ordinal);
        Assert.Equal(0x4Fu, guest.Driver.Status);
    }

    [Fact]
    public void Interface_of_another_address_does_not_take_the_state()
    {
        using Guest guest = new(_loop, StreamLink.Listen(SocketPath));
        var state = guest.Driver.Transport.SaveState();
        guest.Driver.Write(0x64, 3);
        guest.Driver.Transport.RestoreState(state);
        Assert.Equal(2u, guest.Driver.Read(0x60)); // It may be another link: the configuration is to be read again.
        using Guest other = new(_loop, StreamLink.Listen(_folder.File("other")), address: PhysicalAddress.Parse("52-54-00-00-00-01"));
        var refusal = Assert.Throws<ArgumentException>(() => other.Driver.Transport.RestoreState(state));
        Assert.Contains("525400123456", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() =>
            new VirtioNet(_loop, StreamLink.Listen(_folder.File("third")), PhysicalAddress.Parse("01-00-00-00-00-00"))
        );
    }

    [Fact]
    public void Two_guests_talk_over_a_socket()
    {
        using Guest first = new(_loop, StreamLink.Listen(SocketPath));
        using Guest second = new(_loop, StreamLink.Connect(SocketPath));
        Await(() => first.IsUp && second.IsUp);
        Exchange(first, second);
    }

    // QEMU carries frames between two of its network back ends: it is the peer of both guests.
    [Fact]
    public void Two_guests_talk_over_QEMU()
    {
        Tool.Require("qemu-system-x86_64", "qemu-system-x86");
        using Guest first = new(_loop, StreamLink.Listen(_folder.File("1")));
        using Guest second = new(_loop, StreamLink.Listen(_folder.File("2")));
        string[] arguments = ["-M", "none", "-display", "none", "-nodefaults", "-monitor", "none"];
        foreach (var i in (int[])[1, 2])
        {
            arguments =
            [
                .. arguments,
                "-netdev",
                $"stream,id=s{i},server=off,addr.type=unix,addr.path={_folder.File($"{i}")}",
                "-netdev",
                $"hubport,id=h{i},hubid=0,netdev=s{i}",
            ];
        }
        using var qemu = Process.Start(new ProcessStartInfo("qemu-system-x86_64", arguments) { RedirectStandardError = true })!;
        try
        {
            Await(() => (first.IsUp && second.IsUp) || qemu.HasExited);
            Assert.SkipWhen(qemu.HasExited, qemu.HasExited ? $"This QEMU has no such network: {qemu.StandardError.ReadToEnd()}" : "");
            Exchange(first, second);
        }
        finally
        {
            if (!qemu.HasExited)
                qemu.Kill();
            qemu.WaitForExit();
        }
    }

    [Fact]
    public void Host_and_guest_talk_over_a_tap()
    {
        Assert.SkipUnless(File.Exists("/dev/net/tun"), "/dev/net/tun is missing.");
        Tool.Require("ip", "iproute2");
        var name = $"vmmtest{Environment.ProcessId % 1_000_000}";
        TapLink tap;
        try
        {
            tap = new(name);
        }
        catch (IOException e)
        {
            Assert.Skip($"No interface can be made here. {e.Message}");
            throw;
        }
        using var link = tap;
        using Guest guest = new(_loop, link);
        guest.Give(0, 1, 2, 3);
        Tool.Run("ip", "link", "set", name, "up");
        // A host that sees a new interface says so, by IPv6; where it does not speak that, an ARP request does.
        if (!SpinWait.SpinUntil(() => guest.Incoming.Returned > 0, TimeSpan.FromSeconds(5)))
            Assert.Skip("This host sends nothing to a new interface.");
        Assert.True(guest.Incoming.Take(out _).Length >= Header + 14);
        guest.Send(0, Frame(60, 1));
        var counter = $"/sys/class/net/{name}/statistics/rx_packets";
        Await(() => File.ReadAllText(counter).Trim() == "1");
        Assert.Throws<IOException>(() => new TapLink(name)); // Somebody has it.
        Assert.Throws<ArgumentException>(() => new TapLink("a-name-that-is-too-long"));
    }

    public void Dispose()
    {
        _loop.Dispose();
        _folder.Dispose();
    }

    private static void Exchange(Guest first, Guest second)
    {
        for (byte i = 0; i < 10; i++)
        {
            first.Give(0);
            second.Give(0);
            first.Send(0, Frame(60 + i, i));
            second.Send(0, Frame(1500 - i, (byte)(100 + i)));
            Await(() => first.Incoming.Returned == 1 && second.Incoming.Returned == 1);
            Assert.Equal(Frame(1500 - i, (byte)(100 + i)), first.Incoming.Take(out _)[Header..]);
            Assert.Equal(Frame(60 + i, i), second.Incoming.Take(out _)[Header..]);
        }
    }

    private Socket Connect()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)s_patience.TotalMilliseconds,
        };
        socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        return socket;
    }

    private static void SendFrame(Socket peer, byte[] frame)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, frame.Length);
        peer.Send((byte[])[.. length, .. frame]);
    }

    private static byte[] Receive(Socket peer, int length)
    {
        var bytes = new byte[length];
        for (var done = 0; done < length; )
            done += peer.Receive(bytes.AsSpan(done));
        return bytes;
    }

    private static byte[] Frame(int length, byte value) => [.. Enumerable.Range(0, length).Select(i => (byte)(value + i / 3))];

    private static void Await(Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(isSo, s_patience), "It does not happen.");

    private sealed class Guest : IDisposable
    {
        private readonly NetworkLink _link;

        public Guest(EventLoop loop, NetworkLink link, bool isBegun = true, PhysicalAddress? address = null)
        {
            _link = link;
            Device = new(loop, link, address ?? s_address);
            Driver = new(Device) { Negotiated = 1 << 5 | 1 << 16 };
            Incoming = new(Driver.Memory, 0);
            Outgoing = new(Driver.Memory, 1);
            if (isBegun)
                Begin();
        }

        public VirtioNet Device { get; }

        public TestDriver Driver { get; }

        public TestQueue Incoming { get; }

        public TestQueue Outgoing { get; }

        public bool IsUp
        {
            get
            {
                var status = new byte[2];
                Driver.Transport.Read(0x106, status);
                return status[0] == 1;
            }
        }

        public void Begin() => Driver.Begin(Incoming, Outgoing);

        public void Give(params ReadOnlySpan<ushort> descriptors)
        {
            foreach (var descriptor in descriptors)
                Incoming.OfferRoom(descriptor);
            Driver.Ring(Incoming);
        }

        public void Send(ushort descriptor, byte[] frame)
        {
            Outgoing.OfferBytes(descriptor, [.. new byte[Header], .. frame]);
            Driver.Ring(Outgoing);
        }

        public void Dispose()
        {
            _link.Dispose();
            Driver.Dispose();
        }
    }
}
