using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// The ACPI tables of a PC: root pointer, XSDT, FADT, FACS, MADT and DSDT, for what is there and nothing else.
/// Source: ACPI Specification 6.5, 5.2.
/// </summary>
internal static class AcpiTables
{
    private const string Maker = "VMCSGN";
    private const string MakersTable = "VMCSGENM";
    private const string Compiler = "VGEN";
    private const ushort ActiveHighLevel = 0xD;
    private const ulong Alignment = 16;
    private const ulong FacsAlignment = 64;

    /// <summary>Writes the tables.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="address">Where the root pointer goes, with the tables behind it: a multiple of 16.</param>
    /// <param name="end">Where their place ends.</param>
    /// <param name="pc">What they tell of.</param>
    internal static void Write(GuestPhysicalMemory memory, ulong address, ulong end, PcDescription pc)
    {
        var next = address + (ulong)Unsafe.SizeOf<AcpiTableRsdp>();
        var facs = Place(Facs(), FacsAlignment);
        var dsdt = Place(Dsdt(pc));
        var fadt = Place(Fadt((uint)facs, (uint)dsdt));
        var madt = Place(Madt(pc));
        var xsdt = Place(Table("XSDT", 1, new TableBytes().Add(fadt).Add(madt)));
        memory.Write(address, Rsdp(xsdt));

        ulong Place(byte[] table, ulong alignment = Alignment)
        {
            var at = (next + alignment - 1) & ~(alignment - 1);
            next = at + (ulong)table.Length;
            if (next > end)
                throw new InvalidOperationException(
                    $"The ACPI tables do not fit below 0x{end:X}: there are too many devices or processors."
                );
            memory.Write(at, table);
            return at;
        }
    }

    private static byte[] Rsdp(ulong xsdt)
    {
        AcpiTableRsdp pointer = new()
        {
            Revision = 2,
            Length = (uint)Unsafe.SizeOf<AcpiTableRsdp>(),
            XsdtPhysicalAddress = xsdt,
        };
        Ascii.Set(pointer.Signature, "RSD PTR ");
        Ascii.Set(pointer.OemId, Maker);
        // The first sum is over what version 1 had, which ends before the length.
        var first = (int)Marshal.OffsetOf<AcpiTableRsdp>(nameof(AcpiTableRsdp.Length));
        pointer.Checksum = TableBytes.Checksum(new TableBytes().Add(pointer).ToArray().AsSpan(0, first));
        pointer.ExtendedChecksum = TableBytes.Checksum(new TableBytes().Add(pointer).ToArray());
        return new TableBytes().Add(pointer).ToArray();
    }

    // A guest that has the global lock takes it before it uses what the tables name, and the lock is there.
    private static byte[] Facs()
    {
        AcpiTableFacs facs = new() { Length = (uint)Unsafe.SizeOf<AcpiTableFacs>(), Version = 2 };
        Ascii.Set(facs.Signature, "FACS");
        return new TableBytes().Add(facs).ToArray();
    }

    private static byte[] Fadt(uint facs, uint dsdt)
    {
        AcpiTableFadt fadt = new()
        {
            Facs = facs,
            Dsdt = dsdt,
            XDsdt = dsdt,
            SciInterrupt = AcpiPorts.Line,
            Pm1aEventBlock = AcpiPorts.Events,
            Pm1EventLength = AcpiPorts.EventsLength,
            Pm1aControlBlock = AcpiPorts.Control,
            Pm1ControlLength = AcpiPorts.ControlLength,
            PmTimerBlock = AcpiPorts.Timer,
            PmTimerLength = AcpiPorts.TimerLength,
            C2Latency = 101, // None.
            C3Latency = 1001, // None.
            Century = AcpiPorts.CenturyRegister,
            BootFlags = AcpiBootFlags.LegacyDevices | AcpiBootFlags.NoVga,
            Flags =
                AcpiFadtFlags.Wbinvd
                | AcpiFadtFlags.C1Supported
                | AcpiFadtFlags.SleepButton
                | AcpiFadtFlags.FixedRtc
                | AcpiFadtFlags.Timer32Bit
                | AcpiFadtFlags.ResetRegister,
            ResetRegister = Register(AcpiPorts.Reset, 1),
            ResetValue = AcpiPorts.ResetValue,
            MinorRevision = 5,
            Xpm1aEventBlock = Register(AcpiPorts.Events, AcpiPorts.EventsLength),
            Xpm1aControlBlock = Register(AcpiPorts.Control, AcpiPorts.ControlLength),
            XpmTimerBlock = Register(AcpiPorts.Timer, AcpiPorts.TimerLength),
        };
        return Table("FACP", 6, new TableBytes().Add(MemoryMarshal.AsBytes(new ReadOnlySpan<AcpiTableFadt>(in fadt))[Header..]));
    }

    private static byte[] Madt(PcDescription pc)
    {
        const uint usable = 1;
        const uint withPics = 1;
        TableBytes table = new();
        table.Add(PcDescription.LocalApicAddress).Add(pc.HasIoApic ? withPics : 0);
        for (var i = 0; i < pc.ApicIds.Count; i++)
        {
            table.Add(
                new AcpiMadtLocalApic
                {
                    Header = Entry<AcpiMadtLocalApic>(0),
                    ProcessorId = (byte)i,
                    Id = pc.ApicIds[i],
                    LapicFlags = usable,
                }
            );
        }
        if (pc.HasIoApic)
        {
            table.Add(
                new AcpiMadtIoApic
                {
                    Header = Entry<AcpiMadtIoApic>(1),
                    Id = pc.IoApicId,
                    Address = PcDescription.IoApicAddress,
                }
            );
            // The timer arrives at pin 2, as on every PC, and ACPI's own line is triggered by its level.
            table.Add(new AcpiMadtInterruptOverride { Header = Entry<AcpiMadtInterruptOverride>(2), GlobalIrq = 2 });
            table.Add(
                new AcpiMadtInterruptOverride
                {
                    Header = Entry<AcpiMadtInterruptOverride>(2),
                    SourceIrq = AcpiPorts.Line,
                    GlobalIrq = AcpiPorts.Line,
                    IntiFlags = ActiveHighLevel,
                }
            );
        }
        table.Add(
            new AcpiMadtLocalApicNmi
            {
                Header = Entry<AcpiMadtLocalApicNmi>(4),
                ProcessorId = 0xFF,
                Lint = 1,
            }
        );
        return Table("APIC", 5, table);
    }

    private static byte[] Dsdt(PcDescription pc)
    {
        AmlWriter aml = new();
        aml.NamePackage("\\_S5_", AcpiPorts.PowerOffType, 0, 0, 0);
        aml.Scope(
            "\\_SB_",
            scope =>
            {
                foreach (var device in pc.Devices)
                    scope.Device(device.Name, inner => Describe(inner, device));
            }
        );
        return Table("DSDT", 2, new TableBytes().Add(aml.ToArray()));
    }

    private static void Describe(AmlWriter aml, TableDevice device)
    {
        aml.HardwareId(device.HardwareId);
        aml.Name("_UID", device.UniqueId);
        var line = device.InterruptLine switch
        {
            null => Array.Empty<byte>(),
            { } number when device.IsMmio => AmlWriter.LevelLine(number),
            { } number => AmlWriter.EdgeLine(number),
        };
        var place = device.IsMmio
            ? AmlWriter.Memory(device.Address, device.Length)
            : AmlWriter.Ports((ushort)device.Address, (byte)device.Length);
        aml.NameResources("_CRS", [.. place, .. line]);
    }

    private static AcpiSubtableHeader Entry<T>(byte type)
        where T : unmanaged => new() { Type = type, Length = (byte)Unsafe.SizeOf<T>() };

    private static AcpiGenericAddress Register(ushort port, byte length) =>
        new()
        {
            SpaceId = 1,
            BitWidth = (byte)(length * 8),
            AccessWidth = length switch
            {
                1 => 1,
                2 => 2,
                _ => 3,
            },
            Address = port,
        };

    private static int Header => Unsafe.SizeOf<AcpiTableHeader>();

    private static byte[] Table(string signature, byte revision, TableBytes content)
    {
        AcpiTableHeader header = new()
        {
            Length = (uint)(Header + content.Length),
            Revision = revision,
            OemRevision = 1,
            AslCompilerRevision = 1,
        };
        Ascii.Set(header.Signature, signature);
        Ascii.Set(header.OemId, Maker);
        Ascii.Set(header.OemTableId, MakersTable);
        Ascii.Set(header.AslCompilerId, Compiler);
        header.Checksum = TableBytes.Checksum(new TableBytes().Add(header).Add(content.ToArray()).ToArray());
        return new TableBytes().Add(header).Add(content.ToArray()).ToArray();
    }
}
