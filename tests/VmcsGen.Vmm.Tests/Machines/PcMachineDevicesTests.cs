using System;
using System.IO;
using System.Threading;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Machines;

/// <summary>Devices as the machine has put them together.</summary>
[Trait("Needs", "Kvm")]
public class PcMachineDevicesTests
{
    [Fact]
    public void Clock_raises_line_8()
    {
        using var host = TestHost.Open();
        using PcMachine machine = new(host, new() { MemorySize = 4 << 20 });
        KvmIrqchip chip = new() { ChipId = KvmIrqchipId.PicSlave };
        machine.Vm.GetIrqchip(ref chip);
        Assert.Equal(0, chip.Chip.Pic.Irr);
        machine.Loop.Start();
        machine.Buses.Ports.Write(0x70, [0xB]);
        machine.Buses.Ports.Write(0x71, [0x12]); // An interrupt each second.
        Assert.True(SpinWait.SpinUntil(() => Requests() != 0, TimeSpan.FromSeconds(30)));
        Assert.Equal(1, Requests()); // The first pin of the second PIC.

        byte Requests()
        {
            machine.Vm.GetIrqchip(ref chip);
            return chip.Chip.Pic.Irr;
        }
    }

    [Fact]
    public void Firmware_configuration_tells_of_processors_and_memory_and_copies_into_that()
    {
        using var host = TestHost.Open();
        using PcMachine machine = new(host, new() { MemorySize = 4 << 20, Processors = 3 });
        machine.AddFirmwareConfiguration().AddFile("opt/org.example/a", "abc"u8.ToArray());
        // The structure's fields are big-endian: what to do with which key, how many bytes, where to. Source: QEMU docs/specs/fw_cfg.rst.
        Assert.Equal([0, 0, 0x40, 0, 0, 0, 0, 0, 0], Copied(3, 9));
        Assert.Equal([3, 0, 0], Copied(5, 3));
        Assert.Equal("abc\0"u8.ToArray(), Copied(0x20, 4));

        byte[] Copied(byte key, byte length)
        {
            machine.Vm.Memory.Write(0x1000, (ReadOnlySpan<byte>)[0, key, 0, 0x0A, 0, 0, 0, length, 0, 0, 0, 0, 0, 0, 0x20, 0]);
            machine.Buses.Ports.Write(0x518, [0, 0, 0x10, 0]);
            Assert.Equal(0u, machine.Vm.Memory.Read<uint>(0x1000));
            var bytes = new byte[length];
            machine.Vm.Memory.Read(0x2000, bytes);
            return bytes;
        }
    }

    [Fact]
    public void Snapshot_of_a_machine_with_other_firmware_files_is_refused()
    {
        using var host = TestHost.Open();
        using MemoryStream snapshot = new();
        using (var machine = Make(host, "opt/org.example/a"))
            machine.Save(snapshot);
        using var other = Make(host, "opt/org.example/b");
        snapshot.Position = 0;
        Assert.Contains("other files", Assert.Throws<ArgumentException>(() => other.Restore(snapshot)).Message, StringComparison.Ordinal);
        using var same = Make(host, "opt/org.example/a");
        snapshot.Position = 0;
        same.Restore(snapshot);

        static PcMachine Make(KvmHost host, string name)
        {
            PcMachine machine = new(host, new() { MemorySize = 4 << 20 });
            machine.AddFirmwareConfiguration().AddFile(name, new byte[10]);
            return machine;
        }
    }
}
