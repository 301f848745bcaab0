using System;
using System.Buffers.Binary;
using VmcsGen.Kvm;
using Xunit;

namespace VmcsGen.Vmm.Tests.Hostile;

/// <summary>
/// A guest that accesses everything at random, and writes rubbish into its queues. There is a page that it lends to no device: nothing may
/// ever be written there.
/// </summary>
internal sealed class HostileGuest
{
    public const ulong MemorySize = 4 << 20;
    public const ulong FirstVirtio = 0xD000_0000;

    private const ulong Descriptors = 0x1000;
    private const ulong Available = 0x3000;
    private const ulong Used = 0x4000;
    private const ulong FirstFree = 0x6000;
    private const ulong Guard = 0x20_0000;
    private const int GuardSize = 0x1000;

    private static readonly ushort[] s_ports =
    [
        0x3F8,
        0x2F8,
        0x60,
        0x64,
        0x70,
        0x71,
        0xF4,
        0x600,
        0x604,
        0x608,
        0xCF8,
        0xCFC,
        0x510,
        0x514,
    ];
    private static readonly uint[] s_registers =
    [
        0x0,
        0x10,
        0x14,
        0x20,
        0x24,
        0x30,
        0x34,
        0x38,
        0x44,
        0x50,
        0x50,
        0x50,
        0x60,
        0x64,
        0x70,
        0x80,
        0x84,
        0x90,
        0x94,
        0xA0,
        0xA4,
        0xFC,
        0x100,
    ];
    private static readonly uint[] s_lengths = [0, 1, 16, 16, 32, 512, 1024, 0x1_0000];

    private readonly DeviceBuses _buses;
    private readonly GuestPhysicalMemory _memory;
    private readonly Random _random;
    private readonly int _virtioDevices;
    private readonly ulong _start;
    private readonly byte[] _guard = new byte[GuardSize];

    /// <param name="buses">Its devices.</param>
    /// <param name="memory">Its memory.</param>
    /// <param name="virtioDevices">How many virtio devices there are.</param>
    /// <param name="seed">What it does.</param>
    /// <param name="start">
    /// Where its memory begins. Far from 0 no number that lies about is an address by accident, which <see cref="RequireGuard"/> needs.
    /// </param>
    public HostileGuest(DeviceBuses buses, GuestPhysicalMemory memory, int virtioDevices, int seed, ulong start = 0)
    {
        _buses = buses;
        _memory = memory;
        _virtioDevices = virtioDevices;
        _start = start;
        _random = new Random(seed);
        _random.NextBytes(_guard);
        memory.Write(start + Guard, _guard);
    }

    /// <summary>Files that the firmware configuration copied into memory.</summary>
    public int Copies { get; private set; }

    /// <summary>One access, or those that are of use together only.</summary>
    /// <param name="input">What else comes in from outside now and then.</param>
    public void Access(Action<ReadOnlySpan<byte>> input)
    {
        Span<byte> data = stackalloc byte[1 << _random.Next(4)];
        _random.NextBytes(data);
        switch (_random.Next(13))
        {
            case 0:
                _buses.Ports.Read((ushort)_random.Next(0x1_0000), data);
                break;
            case 1:
                _buses.Ports.Write((ushort)_random.Next(0x1_0000), data);
                break;
            case 2:
                _buses.Ports.Read(Pick(s_ports) + (uint)_random.Next(8), data);
                break;
            case 3:
                _buses.Ports.Write(Pick(s_ports) + (uint)_random.Next(8), data);
                break;
            case 4:
                _buses.Mmio.Write(FirstVirtio + (ulong)_random.NextInt64(0x1000 * (_virtioDevices + 1)), data);
                break;
            case 5:
                _buses.Mmio.Read(FirstVirtio + (ulong)_random.NextInt64(0x1000 * (_virtioDevices + 1)), data);
                break;
            case 6:
                BringUp((uint)_random.Next(_virtioDevices));
                break;
            case 7:
                Scribble();
                break;
            case 8:
                input(data);
                break;
            case 9:
                Copies += CopyFirmwareFile() ? 1 : 0;
                break;
            case 10:
                Register((uint)_random.Next(_virtioDevices), Pick(s_registers), (uint)_random.NextInt64());
                break;
            default:
                Register((uint)_random.Next(_virtioDevices), 0x50, (uint)_random.Next(3)); // A queue is rung.
                break;
        }
    }

    /// <summary>Fails if a device wrote where it was lent nothing.</summary>
    public void RequireGuard()
    {
        var bytes = new byte[GuardSize];
        _memory.Read(_start + Guard, bytes);
        Assert.Equal(_guard, bytes);
    }

    // As a driver would, so that the accesses get beyond the first check.
    private void BringUp(uint device)
    {
        Register(device, 0x70, 0);
        Register(device, 0x70, 3);
        Register(device, 0x24, 1);
        Register(device, 0x20, 1);
        Register(device, 0x70, 11);
        for (uint queue = 0; queue < 3; queue++)
        {
            var size = 1u << _random.Next(10);
            Register(device, 0x30, queue);
            Register(device, 0x38, size);
            SetAddress(device, 0x80, Descriptors);
            SetAddress(device, 0x90, Available);
            var used = _random.Next(20) switch
            {
                0 => MemorySize - 8, // There is no room for a ring.
                1 => Guard - (4 + 8 * size), // It ends where nothing is lent.
                _ => Used,
            };
            SetAddress(device, 0xA0, used);
            Register(device, 0x44, 1);
        }
        Register(device, 0x70, 15);
    }

    // Descriptors that are sometimes right, and rings.
    private void Scribble()
    {
        for (var i = 0; i < 4; i++)
        {
            var at = _start + Descriptors + 16 * (ulong)_random.Next(16);
            var length = _random.Next(10) == 0 ? (uint)_random.NextInt64() | 0x8000_0000 : Pick(s_lengths);
            _memory.Write(at, Place(length));
            _memory.Write(at + 8, length);
            _memory.Write(at + 12, (ushort)_random.Next(8));
            _memory.Write(at + 14, (ushort)_random.Next(18));
        }
        var available = _start + Available;
        _memory.Write(available + 2, (ushort)(_memory.Read<ushort>(_start + Used + 2) + _random.Next(3)));
        _memory.Write(available + 4 + 2 * (ulong)_random.Next(16), (ushort)_random.Next(16));
        if (_random.Next(50) == 0)
            _memory.Write(_start + Descriptors + 8 + 16 * (ulong)_random.Next(0x400), _random.NextInt64() | 0x8000_0000);
        // A request that a disk serves, if a chain leads to it.
        WriteRequest(Place(16, mayBeNowhere: false), _random.Next(5));
        if (_random.Next(3) == 0)
        {
            Describe(0, 0x8000, 16, flags: 1, next: 1);
            Describe(1, Guard - 512, 512, flags: 3, next: 2);
            Describe(2, 0xA000, 1, flags: 2, next: 0); // The status.
            WriteRequest(_start + 0x8000, _random.Next(2));
            _memory.Write(available + 4, stackalloc byte[32]);
        }
    }

    private void Describe(uint index, ulong address, uint length, ushort flags, ushort next)
    {
        var at = _start + Descriptors + 16 * index;
        _memory.Write(at, _start + address);
        _memory.Write(at + 8, length);
        _memory.Write(at + 12, flags);
        _memory.Write(at + 14, next);
    }

    private void WriteRequest(ulong at, int type)
    {
        _memory.Write(at, (ulong)type);
        _memory.Write(at + 8, (ulong)_random.Next(200));
    }

    // By DMA, sometimes to where memory ends. True if the device says that it did. Source: QEMU docs/specs/fw_cfg.rst.
    private bool CopyFirmwareFile()
    {
        var at = Place(16, mayBeNowhere: false);
        var length = _random.Next(4) == 0 ? (uint)_random.NextInt64() : (uint)_random.Next(0x4000);
        Span<byte> access = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(access, 0x20 << 16 | 8 | (uint)_random.Next(32));
        BinaryPrimitives.WriteUInt32BigEndian(access[4..], length);
        BinaryPrimitives.WriteUInt64BigEndian(access[8..], Place(length));
        _memory.Write(at, access);
        _buses.Ports.Write(0x514, BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness((uint)(at >> 32))));
        _buses.Ports.Write(0x518, BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness((uint)at)));
        return _memory.Read<uint>(at) == 0;
    }

    /// <summary>
    /// An address for a piece, beside what is never lent: in front of it, often to its first byte, or behind it, beyond the end of memory
    /// too; or anywhere.
    /// </summary>
    private ulong Place(uint length, bool mayBeNowhere = true)
    {
        var room = (long)(Guard - FirstFree);
        return _random.Next(mayBeNowhere ? 10 : 8) switch
        {
            < 2 when length <= room => _start + Guard - length,
            < 5 when length < room => _start + FirstFree + (ulong)_random.NextInt64(room - length),
            5 => _start + Guard + GuardSize,
            8 => _start + MemorySize - (ulong)_random.Next(0x100),
            9 => (ulong)_random.NextInt64() | 1UL << 40,
            _ => _start + Guard + GuardSize + (ulong)_random.NextInt64((long)(MemorySize - Guard) - GuardSize - 16),
        };
    }

    private void SetAddress(uint device, uint register, ulong address)
    {
        Register(device, register, (uint)(_start + address));
        Register(device, register + 4, (uint)((_start + address) >> 32));
    }

    private void Register(uint device, uint register, uint value) =>
        _buses.Mmio.Write(FirstVirtio + 0x1000 * device + register, BitConverter.GetBytes(value));

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}
