using System;
using System.Net.NetworkInformation;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>
/// A network interface without offloads: frames have up to 1,518 bytes. What the guest has no room for waits in the link. Source: VIRTIO
/// 1.2, 5.1.
/// </summary>
public sealed class VirtioNet : VirtioDevice, INetworkInterface
{
    /// <summary>Most bytes of a frame: a header with a tag of a virtual network, and 1,500 bytes.</summary>
    public const int MostFrameBytes = 1518;

    private const int Receive = 0;
    private const int Transmit = 1;
    private const int AddressBytes = 6;
    private const int DroppedAtOnce = 64;

    private readonly EventLoop _loop;
    private readonly NetworkLink _link;
    private readonly Action _receive;
    private readonly byte[] _address;

    // A byte more than a frame may have, so that a longer one is known, and the header in front.
    private readonly byte[] _received = new byte[Unsafe.SizeOf<VirtioNetHeader>() + MostFrameBytes + 1];
    private readonly byte[] _sent = new byte[MostFrameBytes];
    private int _waiting;

    /// <summary>Puts an interface at the end of a link.</summary>
    /// <param name="loop">What waits for frames: <see cref="PcMachine.Loop"/>.</param>
    /// <param name="link">The link. It stays the caller's: dispose of it after the machine.</param>
    /// <param name="address">The interface's MAC address, of 6 bytes.</param>
    /// <exception cref="ArgumentException">The address is none of one interface.</exception>
    /// <exception cref="InvalidOperationException">The link has an interface already.</exception>
    public VirtioNet(EventLoop loop, NetworkLink link, PhysicalAddress address)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(address);
        _address = address.GetAddressBytes();
        if (_address.Length != AddressBytes || (_address[0] & 1) != 0)
            throw new ArgumentException(
                $"{address} is no address of one Ethernet interface: 6 bytes, the first one even.",
                nameof(address)
            );
        _loop = loop;
        _link = link;
        _receive = () => Transport?.ServeQueue(Receive);
        link.Start(loop, this);
    }

    /// <summary>Frames that the guest has received.</summary>
    public long FramesReceived { get; private set; }

    /// <summary>Frames that the guest has sent.</summary>
    public long FramesSent { get; private set; }

    /// <summary>Frames that were too long, for the link or for what the guest had for them.</summary>
    public long FramesDropped { get; private set; }

    /// <inheritdoc/>
    public override uint DeviceId => 1;

    /// <inheritdoc/>
    public override int QueueCount => 2;

    /// <inheritdoc/>
    public override ulong Features =>
        1UL << (int)VirtioNetFeature.Mac | 1UL << (int)VirtioNetFeature.Status | 1UL << (int)VirtioNetFeature.Mtu;

    /// <inheritdoc/>
    public override void ReadConfiguration(uint offset, Span<byte> data)
    {
        VirtioNetConfiguration configuration = new()
        {
            Status = _link.IsUp ? VirtioNetStatus.LinkUp : 0,
            MaxVirtqueuePairs = 1,
            Mtu = 1500,
        };
        _address.CopyTo((Span<byte>)configuration.Mac);
        CopyConfiguration(configuration, offset, data);
    }

    /// <inheritdoc/>
    public override bool Serve(int index, Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return index == Receive ? ServeReceive(queue) : ServeTransmit(queue);
    }

    /// <inheritdoc/>
    public override void Reset() => _waiting = 0;

    /// <summary>The address, so that a guest does not go on with another one.</summary>
    public override byte[] SaveState() => _address;

    /// <inheritdoc/>
    public override void RestoreState(ReadOnlySpan<byte> state)
    {
        if (!state.SequenceEqual(_address))
        {
            throw new ArgumentException(
                $"The guest's interface had the address {Convert.ToHexString(state)}, and this one has {Convert.ToHexString(_address)}.",
                nameof(state)
            );
        }
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "network interface";

    void INetworkInterface.ReceiveFrames()
    {
        if (Transport is null)
            _link.WantsFrames = false; // No machine has the interface yet.
        _receive();
    }

    void INetworkInterface.SendFrames() => Transport?.ServeQueue(Transmit);

    void INetworkInterface.NoteLinkChange() => Transport?.NoteConfigurationChange();

    internal override bool MayDifferAfterRestore => true; // The link may be down where it was up.

    internal override void NoteNoDriver(int index)
    {
        if (index == Receive)
            _link.WantsFrames = false; // Until the driver offers room.
    }

    private bool ServeReceive(Virtqueue queue)
    {
        var served = false;
        var header = Unsafe.SizeOf<VirtioNetHeader>();
        while (true)
        {
            if (_waiting == 0 && !TryReceive())
                return served;
            if (!queue.TryTake(out var chain))
            {
                // Until the driver offers room.
                _link.WantsFrames = false;
                return served;
            }
            var length = header + _waiting;
            _waiting = 0;
            served = true;
            if (chain.WritableLength < length)
            {
                FramesDropped++;
                queue.Return(chain, 0);
                continue;
            }
            VirtioNetHeader start = new() { NumBuffers = 1 };
            MemoryMarshal.Write(_received, in start);
            queue.Return(chain, (uint)chain.Write(0, _received.AsSpan(0, length)));
            FramesReceived++;
        }
    }

    /// <summary>Takes a frame from the link, behind the room for its header; without one, the link tells of the next.</summary>
    private bool TryReceive()
    {
        var room = _received.AsSpan(Unsafe.SizeOf<VirtioNetHeader>());
        for (var dropped = 0; dropped < DroppedAtOnce; dropped++)
        {
            if (!_link.TryReceive(room, out var length))
            {
                _link.WantsFrames = true;
                return false;
            }
            if (length <= MostFrameBytes)
            {
                _waiting = length;
                return true;
            }
            FramesDropped++;
        }
        _loop.Post(_receive); // The loop has others to serve.
        return false;
    }

    private bool ServeTransmit(Virtqueue queue)
    {
        var served = false;
        // What waits in the link goes first.
        while (_link.HasRoom && queue.TryTake(out var chain))
        {
            served = true;
            var header = (uint)Unsafe.SizeOf<VirtioNetHeader>();
            if (chain.ReadableLength < header)
                throw new VirtqueueException(
                    $"A frame has a header of {header} bytes in front, and this chain {chain.ReadableLength} in all."
                );
            var length = chain.ReadableLength - header;
            if (length is > 0 and <= MostFrameBytes)
            {
                var frame = _sent.AsSpan(0, chain.Read(header, _sent.AsSpan(0, (int)length)));
                _link.Send(frame);
                FramesSent++;
            }
            else
            {
                FramesDropped++;
            }
            queue.Return(chain, 0);
        }
        return served;
    }
}
