using System.Runtime.CompilerServices;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// The multiprocessor table, for guests that know no ACPI. Source: Intel MultiProcessor Specification 1.4, chapter 4.
/// </summary>
internal static class MpTables
{
    private const byte Version = 4;
    private const byte IsaBus = 0;
    private const byte Lines = 16;
    private const byte AllLocalApics = 0xFF;

    /// <summary>Writes the floating pointer, and the table behind it.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="address">A multiple of 16.</param>
    /// <param name="pc">What they tell of.</param>
    /// <param name="signature">CPUID.1:EAX.</param>
    /// <param name="features">CPUID.1:EDX.</param>
    /// <returns>The address behind it.</returns>
    internal static ulong Write(GuestPhysicalMemory memory, ulong address, PcDescription pc, uint signature, uint features)
    {
        var table = Table(pc, signature, features);
        var tableAddress = address + (ulong)Unsafe.SizeOf<MpFloatingPointer>();
        MpFloatingPointer pointer = new()
        {
            Physptr = (uint)tableAddress,
            Length = (byte)(Unsafe.SizeOf<MpFloatingPointer>() / 16),
            Specification = Version,
        };
        Ascii.Set(pointer.Signature, "_MP_");
        pointer.Checksum = TableBytes.Checksum(new TableBytes().Add(pointer).ToArray());
        memory.Write(address, pointer);
        memory.Write(tableAddress, table);
        return tableAddress + (ulong)table.Length;
    }

    private static byte[] Table(PcDescription pc, uint signature, uint features)
    {
        TableBytes entries = new();
        var count = 0;
        for (var i = 0; i < pc.ApicIds.Count; i++)
        {
            Add(
                new MpProcessor
                {
                    Apicid = pc.ApicIds[i],
                    Apicver = PcDescription.ApicVersion,
                    Cpuflag = (byte)(i == 0 ? 3 : 1),
                    Cpufeature = signature,
                    Featureflag = features,
                }
            );
        }
        MpBus isa = new() { Type = 1, Busid = IsaBus };
        Ascii.Set(isa.Bustype, "ISA");
        Add(isa);
        Add(
            new MpIoApic
            {
                Type = 2,
                Apicid = pc.IoApicId,
                Apicver = PcDescription.ApicVersion,
                Flags = 1,
                Apicaddr = PcDescription.IoApicAddress,
            }
        );
        for (byte line = 0; line < Lines; line++)
        {
            if (line == 2)
                continue; // The second PIC's.
            Add(
                new MpInterrupt
                {
                    Type = 3,
                    Srcbus = IsaBus,
                    Srcbusirq = line,
                    Dstapic = pc.IoApicId,
                    Dstirq = (byte)(line == 0 ? 2 : line),
                }
            );
        }
        Add(LocalInterrupt(kind: 3, pin: 0)); // From the PICs.
        Add(LocalInterrupt(kind: 1, pin: 1)); // NMI.

        MpTableHeader header = new()
        {
            Length = (ushort)(Unsafe.SizeOf<MpTableHeader>() + entries.Length),
            Spec = Version,
            Oemcount = (ushort)count,
            Lapic = PcDescription.LocalApicAddress,
        };
        Ascii.Set(header.Signature, "PCMP");
        Ascii.Set(header.Oem, "VMCSGEN");
        Ascii.Set(header.Productid, "VMM");
        header.Checksum = TableBytes.Checksum(new TableBytes().Add(header).Add(entries.ToArray()).ToArray());
        return new TableBytes().Add(header).Add(entries.ToArray()).ToArray();

        void Add<T>(T entry)
            where T : unmanaged
        {
            entries.Add(entry);
            count++;
        }
    }

    private static MpInterrupt LocalInterrupt(byte kind, byte pin) =>
        new()
        {
            Type = 4,
            Irqtype = kind,
            Srcbus = IsaBus,
            Dstapic = AllLocalApics,
            Dstirq = pin,
        };
}
