using System;
using System.Buffers.Binary;
using VmcsGen.Kvm;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>A driver of a virtio device, by the offsets and numbers of VIRTIO 1.2, 2.7 and 4.2.</summary>
internal sealed class TestDriver : IDisposable
{
    public const ulong MemorySize = 4 << 20;
    public const ulong Descriptors = 0x1000;
    public const ulong Available = 0x2000;
    public const ulong Used = 0x3000;
    public const ulong Data = 0x1_0000;

    private readonly GuestMemory? _memory;
    private ushort _offered;

    /// <summary>Drives a device that is in no machine.</summary>
    public TestDriver(VirtioDevice device)
    {
        _memory = GuestMemory.Allocate(MemorySize);
        Memory = GuestPhysicalMemory.WithoutVm(0, _memory);
        Transport = new VirtioMmioTransport(device, Memory, Line);
    }

    /// <summary>Drives a device of a machine.</summary>
    public TestDriver(PcMachine machine, VirtioMmioTransport transport)
    {
        Memory = machine.Vm.Memory;
        Transport = transport;
    }

    public GuestPhysicalMemory Memory { get; }

    public TestLine Line { get; } = new();

    public VirtioMmioTransport Transport { get; }

    public ushort UsedIndex => Memory.Read<ushort>(Used + 2);

    public uint Status => Read(0x70);

    /// <summary>Brings the device to DRIVER_OK, with one queue.</summary>
    public void Begin(uint queue = 0, uint size = 8)
    {
        Negotiate();
        SetUpQueue(queue, size);
        Write(0x70, 15);
    }

    /// <summary>Brings the device to DRIVER_OK, with these queues.</summary>
    public void Begin(params ReadOnlySpan<TestQueue> queues)
    {
        Negotiate();
        foreach (var queue in queues)
        {
            queue.Clear();
            SetUpQueue(queue.Index, queue.Size, queue.Descriptors, queue.Available, queue.Used);
        }
        Write(0x70, 15);
    }

    private void Negotiate()
    {
        Write(0x70, 0);
        _offered = 0;
        Write(0x70, 1);
        Write(0x70, 3);
        Write(0x14, 1);
        Assert.Equal(1u, Read(0x10) & 1); // VIRTIO_F_VERSION_1
        Write(0x24, 1);
        Write(0x20, 1);
        Write(0x24, 0);
        Write(0x20, Negotiated);
        Write(0x70, 11);
        Assert.Equal(11u, Read(0x70));
    }

    /// <summary>Low features that the driver takes.</summary>
    public uint Negotiated { get; set; }

    public void SetUpQueue(uint queue, uint size)
    {
        Memory.Write(Available, 0u);
        Memory.Write(Used, 0u);
        SetUpQueue(queue, size, Descriptors, Available, Used);
    }

    private void SetUpQueue(uint queue, uint size, ulong descriptors, ulong available, ulong used)
    {
        Write(0x30, queue);
        Write(0x38, size);
        Write(0x80, (uint)descriptors);
        Write(0x90, (uint)available);
        Write(0xA0, (uint)used);
        Write(0x44, 1);
    }

    /// <summary>Rings for a queue.</summary>
    public void Ring(TestQueue queue) => Write(0x50, queue.Index);

    public void Describe(int index, ulong address, uint length, ushort flags, ushort next = 0, ulong table = Descriptors)
    {
        var at = table + 16 * (ulong)index;
        Memory.Write(at, address);
        Memory.Write(at + 8, length);
        Memory.Write(at + 12, flags);
        Memory.Write(at + 14, next);
    }

    /// <summary>Offers a chain and rings.</summary>
    public void Offer(ushort head, uint queue = 0, uint size = 8)
    {
        Memory.Write(Available + 4 + 2 * (ulong)(_offered % size), head);
        Memory.Write(Available + 2, ++_offered);
        Write(0x50, queue);
    }

    public uint Read(ulong register)
    {
        Span<byte> data = stackalloc byte[4];
        Transport.Read(register, data);
        return BinaryPrimitives.ReadUInt32LittleEndian(data);
    }

    public void Write(ulong register, uint value)
    {
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        Transport.Write(register, data);
    }

    public byte[] Bytes(ulong address, int length)
    {
        var bytes = new byte[length];
        Memory.Read(address, bytes);
        return bytes;
    }

    public void Dispose() => _memory?.Dispose();
}
