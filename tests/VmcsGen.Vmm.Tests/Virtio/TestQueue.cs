using System;
using VmcsGen.Kvm;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>A driver's side of one of several queues, with a buffer for each descriptor. Source: VIRTIO 1.2, 2.7.</summary>
internal sealed class TestQueue(GuestPhysicalMemory memory, uint index, uint size = 8)
{
    public const uint BufferSize = 0x4000;

    private readonly ulong _base = 0x4_0000 * (1 + (ulong)index);
    private ushort _offered;
    private ushort _taken;

    public uint Index { get; } = index;

    public uint Size { get; } = size;

    public ulong Descriptors => _base;

    public ulong Available => _base + 0x1000;

    public ulong Used => _base + 0x2000;

    /// <summary>Chains that came back and were not looked at.</summary>
    public int Returned => (ushort)(memory.Read<ushort>(Used + 2) - _taken);

    public ulong BufferOf(int descriptor) => _base + 0x4000 + BufferSize * (ulong)descriptor;

    public void Clear()
    {
        memory.Write(Available, 0u);
        memory.Write(Used, 0u);
        _offered = _taken = 0;
    }

    /// <summary>Offers a buffer to be written, and does not ring.</summary>
    public void OfferRoom(ushort descriptor, uint length = BufferSize) => Offer(descriptor, BufferOf(descriptor), length, 2);

    /// <summary>Offers bytes to be read, and does not ring.</summary>
    public void OfferBytes(ushort descriptor, ReadOnlySpan<byte> bytes)
    {
        memory.Write(BufferOf(descriptor), bytes);
        Offer(descriptor, BufferOf(descriptor), (uint)bytes.Length, 0);
    }

    /// <summary>The bytes that the device wrote into the next chain that came back.</summary>
    public byte[] Take(out ushort descriptor)
    {
        Assert.NotEqual(0, Returned);
        var element = Used + 4 + 8 * (ulong)(_taken++ % Size);
        descriptor = (ushort)memory.Read<uint>(element);
        var bytes = new byte[memory.Read<uint>(element + 4)];
        memory.Read(BufferOf(descriptor), bytes);
        return bytes;
    }

    private void Offer(ushort descriptor, ulong address, uint length, ushort flags)
    {
        var at = Descriptors + 16 * (ulong)descriptor;
        memory.Write(at, address);
        memory.Write(at + 8, length);
        memory.Write(at + 12, (uint)flags);
        memory.Write(Available + 4 + 2 * (ulong)(_offered % Size), descriptor);
        memory.Write(Available + 2, ++_offered);
    }
}
