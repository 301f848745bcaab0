using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Net.NetworkInformation;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Hostile;

/// <summary>A guest that accesses everything at random, and writes rubbish into its queues.</summary>
[Trait("Needs", "Kvm")]
public class HostileGuestTests
{
    private const ulong MemorySize = 4 << 20;
    private const ulong Virtio = 0xD000_0000;
    private const int Devices = 5;

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

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Machine_survives_a_million_random_accesses(int seed)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("disk"), new byte[1 << 16]);
        using var host = TestHost.Open();
        using VirtioBlock disk = new(folder.File("disk"));
        using PcMachine machine = new(host, new() { MemorySize = MemorySize });
        var serial = machine.AddSerialPort(Stream.Null);
        machine.AddSerialPort(Stream.Null);
        VirtioConsole console = new(Stream.Null);
        machine.AddVirtio(disk);
        machine.AddVirtio(console);
        machine.AddVirtio(new VirtioEntropy());
        using var link = StreamLink.Listen(folder.File("link"));
        machine.AddVirtio(new VirtioNet(machine.Loop, link, PhysicalAddress.Parse("52-54-00-12-34-56")));
        using VirtioVsock vsock = new(machine.Loop, 3, folder.File("vsock"));
        machine.AddVirtio(vsock);
        machine.AddFirmwareConfiguration().AddFile("opt/org.example/a", new byte[10_000]);
        machine.Loop.Start();
        var requests = 0L;
        var copies = 0;

        Random random = new(seed);
        var accesses = TestHost.Many(500_000, 20_000);
        Span<byte> data = stackalloc byte[8];
        for (var i = 0; i < accesses; i++)
        {
            var length = 1 << random.Next(4);
            random.NextBytes(data);
            switch (random.Next(13))
            {
                case 0:
                    machine.Buses.Ports.Read((ushort)random.Next(0x1_0000), data[..length]);
                    break;
                case 1:
                    machine.Buses.Ports.Write((ushort)random.Next(0x1_0000), data[..length]);
                    break;
                case 2:
                    machine.Buses.Ports.Read(Pick(random, s_ports) + (uint)random.Next(8), data[..length]);
                    break;
                case 3:
                    machine.Buses.Ports.Write(Pick(random, s_ports) + (uint)random.Next(8), data[..length]);
                    break;
                case 4:
                    machine.Buses.Mmio.Write(Virtio + (ulong)random.NextInt64(0x6000), data[..length]);
                    break;
                case 5:
                    machine.Buses.Mmio.Read(Virtio + (ulong)random.NextInt64(0x6000), data[..length]);
                    break;
                case 6:
                    BringUp(machine, random, (uint)random.Next(Devices));
                    break;
                case 7:
                    Scribble(machine, random);
                    break;
                case 8:
                    serial.TryReceive(data[..length]);
                    console.Input(data[..length]);
                    break;
                case 9:
                    copies += CopyFirmwareFile(machine, random) ? 1 : 0;
                    break;
                case 10:
                    Register(machine, (uint)random.Next(Devices), Pick(random, s_registers), (uint)random.NextInt64());
                    break;
                default:
                    Register(machine, (uint)random.Next(Devices), 0x50, (uint)random.Next(3)); // A queue is rung.
                    break;
            }
            requests = Math.Max(requests, disk.Requests);
        }

        Assert.True(requests > 0, "The disk was never reached, so the test tests little.");
        Assert.True(copies > 0, "No file was ever copied, so the test tests little.");
        Assert.Equal(1 << 16, new FileInfo(folder.File("disk")).Length);
        foreach (var device in machine.StatefulDevices)
            device.RestoreState(device.SaveState());
        using (machine.Pause()) { }
        Assert.False(machine.Loop.Ended.IsCompleted, $"{machine.Loop.Ended.Exception}");
    }

    // As a driver would, so that the accesses get beyond the first check.
    private static void BringUp(PcMachine machine, Random random, uint device)
    {
        Register(machine, device, 0x70, 0);
        Register(machine, device, 0x70, 3);
        Register(machine, device, 0x24, 1);
        Register(machine, device, 0x20, 1);
        Register(machine, device, 0x70, 11);
        for (uint queue = 0; queue < 3; queue++)
        {
            Register(machine, device, 0x30, queue);
            Register(machine, device, 0x38, 1u << random.Next(10));
            Register(machine, device, 0x80, 0x1000);
            Register(machine, device, 0x84, 0);
            Register(machine, device, 0x90, 0x3000);
            Register(machine, device, 0x94, 0);
            Register(machine, device, 0xA0, random.Next(20) == 0 ? (uint)MemorySize - 8 : 0x4000);
            Register(machine, device, 0xA4, 0);
            Register(machine, device, 0x44, 1);
        }
        Register(machine, device, 0x70, 15);
    }

    // Descriptors that are sometimes right, and rings.
    private static void Scribble(PcMachine machine, Random random)
    {
        var memory = machine.Vm.Memory;
        for (var i = 0; i < 4; i++)
        {
            var at = 0x1000 + 16 * (ulong)random.Next(16);
            memory.Write(at, random.Next(10) == 0 ? (ulong)random.NextInt64() : (ulong)random.NextInt64((long)MemorySize));
            memory.Write(
                at + 8,
                random.Next(10) == 0 ? (uint)random.NextInt64() : Pick(random, (uint[])[0, 1, 16, 16, 32, 512, 1024, 0x1_0000])
            );
            memory.Write(at + 12, (ushort)random.Next(8));
            memory.Write(at + 14, (ushort)random.Next(18));
        }
        memory.Write(0x3002, (ushort)(memory.Read<ushort>(0x4002) + random.Next(3)));
        memory.Write(0x3004 + 2 * (ulong)random.Next(16), (ushort)random.Next(16));
        if (random.Next(50) == 0)
            memory.Write(0x1000 + (ulong)random.Next(0x4000), random.NextInt64());
        // A request that a disk serves, if a chain leads to it.
        memory.Write((ulong)random.NextInt64((long)MemorySize - 16) & ~15UL, (ulong)random.Next(5));
        if (random.Next(3) == 0)
        {
            memory.Write(0x1000, 0x8000UL);
            memory.Write(0x1008, 0x0001_0001_0000_0010UL); // 16 bytes, NEXT, descriptor 1.
            memory.Write(0x1010, 0x9000UL);
            memory.Write(0x1018, 0x0002_0003_0000_0200UL); // 512 bytes, NEXT and WRITE, descriptor 2.
            memory.Write(0x1020, 0xA000UL);
            memory.Write(0x1028, 0x0000_0002_0000_0001UL); // The status.
            memory.Write(0x8000, (ulong)random.Next(2));
            memory.Write(0x8008, (ulong)random.Next(200));
            memory.Write(0x3004, Enumerable.Repeat((byte)0, 32).ToArray());
        }
    }

    // By DMA, sometimes to where memory ends. True if the device says that it did. Source: QEMU docs/specs/fw_cfg.rst.
    private static bool CopyFirmwareFile(PcMachine machine, Random random)
    {
        var at = (uint)random.Next((int)MemorySize);
        var access = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(access, 0x20 << 16 | 8 | (uint)random.Next(32));
        BinaryPrimitives.WriteUInt32BigEndian(access.AsSpan(4), random.Next(4) == 0 ? (uint)random.NextInt64() : (uint)random.Next(0x4000));
        BinaryPrimitives.WriteUInt64BigEndian(
            access.AsSpan(8),
            random.Next(4) == 0 ? (ulong)random.NextInt64() : (ulong)random.NextInt64((long)MemorySize)
        );
        machine.Vm.Memory.Write(Math.Min(at, (uint)MemorySize - 16), access);
        machine.Buses.Ports.Write(0x514, new byte[4]);
        machine.Buses.Ports.Write(0x518, BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(at)));
        return machine.Vm.Memory.Read<uint>(Math.Min(at, (uint)MemorySize - 16)) == 0;
    }

    private static void Register(PcMachine machine, uint device, uint register, uint value) =>
        machine.Buses.Mmio.Write(Virtio + 0x1000 * device + register, BitConverter.GetBytes(value));

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];
}
