using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Tables;

/// <summary>The tables that a guest finds, read as a guest does, and judged by iasl, the compiler of ACPI's authors.</summary>
[Trait("Needs", "Kvm")]
public class AcpiTablesTests
{
    [Fact]
    public void Tables_are_found_and_their_sums_are_right()
    {
        using var host = TestHost.Open();
        using var machine = Load(host, processors: 3);
        var tables = Tables(machine.Vm.Memory);
        Assert.Equal(["APIC", "DSDT", "FACP", "FACS"], tables.Keys.Order());
        foreach (var (name, bytes) in tables.Where(static table => table.Key != "FACS")) // Which has none.
            Assert.True(bytes.Aggregate(0, static (sum, value) => sum + value) % 256 == 0, $"The sum of {name} is not 0.");
    }

    [Fact]
    public void Iasl_understands_the_tables()
    {
        Tool.Require("iasl", "acpica-tools");
        using var host = TestHost.Open();
        using var machine = Load(host, processors: 3);
        using TemporaryFolder folder = new();
        foreach (var (name, bytes) in Tables(machine.Vm.Memory))
        {
            File.WriteAllBytes(folder.File($"{name}.dat"), bytes);
            Tool.Run("iasl", "-d", folder.File($"{name}.dat"));
        }
        var dsdt = File.ReadAllText(folder.File("DSDT.dsl"));
        Assert.Contains("Device (COM1)", dsdt, StringComparison.Ordinal);
        Assert.Contains("EisaId (\"PNP0501\")", dsdt, StringComparison.Ordinal);
        Assert.Contains("IRQNoFlags ()", dsdt, StringComparison.Ordinal);
        Assert.Contains("_HID, \"QEMU0002\"", dsdt, StringComparison.Ordinal);
        Assert.Contains("_S5, Package (0x04)", dsdt, StringComparison.Ordinal);
        // What was read can be compiled again without an error or a warning.
        Assert.Contains(
            "0 Errors, 0 Warnings",
            Tool.Run("iasl", "-p", folder.File("again"), folder.File("DSDT.dsl")),
            StringComparison.Ordinal
        );

        var fadt = File.ReadAllText(folder.File("FACP.dsl"));
        Assert.Contains("PM Timer Block Address : 00000608", fadt, StringComparison.Ordinal);
        Assert.Contains("Reset Register Supported (V2) : 1", fadt, StringComparison.Ordinal);
        Assert.DoesNotContain("Invalid", fadt, StringComparison.OrdinalIgnoreCase);

        var facs = File.ReadAllText(folder.File("FACS.dsl"));
        Assert.Contains("Version : 02", facs, StringComparison.Ordinal);
        Assert.DoesNotContain("Invalid", facs, StringComparison.OrdinalIgnoreCase);

        var madt = File.ReadAllText(folder.File("APIC.dsl"));
        Assert.Equal(3, madt.Split("[Processor Local APIC]").Length - 1);
        Assert.Contains("[I/O APIC]", madt, StringComparison.Ordinal);
        Assert.DoesNotContain("Invalid", madt, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Many_processors_fit()
    {
        using var host = TestHost.Open();
        Assert.SkipUnless(host.MaxVcpus >= 40, "This host has fewer vCPUs.");
        using var machine = Load(host, processors: 40);
        Assert.Contains("APIC", Tables(machine.Vm.Memory).Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Multiprocessor_table_is_found_and_its_sums_are_right(int processors)
    {
        using var host = TestHost.Open();
        using var machine = Load(host, processors);
        var memory = machine.Vm.Memory;
        // Offsets: Intel MultiProcessor Specification 1.4, 4.1 and 4.2.
        var pointer = Bytes(memory, 0x9_FC00, 16);
        Assert.Equal("_MP_", Encoding.ASCII.GetString(pointer, 0, 4));
        Assert.Equal(0, pointer.Aggregate(0, static (sum, value) => sum + value) % 256);
        var table = BitConverter.ToUInt32(pointer, 4);
        var bytes = Bytes(memory, table, memory.Read<ushort>(table + 4));
        Assert.Equal("PCMP", Encoding.ASCII.GetString(bytes, 0, 4));
        Assert.Equal(0, bytes.Aggregate(0, static (sum, value) => sum + value) % 256);
        var at = 44;
        List<byte> kinds = [];
        for (var i = 0; i < BitConverter.ToUInt16(bytes, 34); i++)
        {
            kinds.Add(bytes[at]);
            at += bytes[at] == 0 ? 20 : 8;
        }
        Assert.Equal(bytes.Length, at);
        Assert.Equal(processors, kinds.Count(static kind => kind == 0));
        Assert.Equal(15, kinds.Count(static kind => kind == 3));
        Assert.Equal(kinds.Order(), kinds);
    }

    private static PcMachine Load(KvmHost host, int processors)
    {
        PcMachine machine = new(host, new() { MemorySize = 16 << 20, Processors = processors });
        machine.AddSerialPort(Stream.Null);
        machine.AddFirmwareConfiguration();
        machine.Load(GuestImage.Parse(ImageFile.FromMemory("kernel", ImageBytes.BzImage([0xF4]))));
        return machine;
    }

    // As a guest: the root pointer at a multiple of 16 below 1 MiB, then the XSDT. Offsets: ACPI Specification 6.5, 5.2.
    private static Dictionary<string, byte[]> Tables(GuestPhysicalMemory memory)
    {
        var root = 0xE_0000UL;
        while (Encoding.ASCII.GetString(Bytes(memory, root, 8)) != "RSD PTR ")
            root += 16;
        Assert.Equal(0, Bytes(memory, root, 20).Aggregate(0, static (sum, value) => sum + value) % 256);
        Assert.Equal(0, Bytes(memory, root, 36).Aggregate(0, static (sum, value) => sum + value) % 256);
        var xsdt = memory.Read<ulong>(root + 24);
        Dictionary<string, byte[]> tables = [];
        for (var at = xsdt + 36; at < xsdt + memory.Read<uint>(xsdt + 4); at += 8)
            Add(memory.Read<ulong>(at));
        Add(BitConverter.ToUInt64(tables["FACP"], 140));
        var facs = BitConverter.ToUInt32(tables["FACP"], 36);
        Assert.Equal(0u, facs % 64);
        Add(facs);
        return tables;

        void Add(ulong address) =>
            tables.Add(Encoding.ASCII.GetString(Bytes(memory, address, 4)), Bytes(memory, address, memory.Read<int>(address + 4)));
    }

    private static byte[] Bytes(GuestPhysicalMemory memory, ulong address, int length)
    {
        var bytes = new byte[length];
        memory.Read(address, bytes);
        return bytes;
    }
}
