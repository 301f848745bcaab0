using System.Runtime.CompilerServices;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>A descriptor table with flat segments: code at selector 0x10, data at 0x18.</summary>
internal static class DescriptorTable
{
    private const byte Code = 0xB;
    private const byte Data = 0x3;
    private const int Entries = 4;

    internal static ushort Limit => (ushort)(Entries * Unsafe.SizeOf<SegmentDescriptor>() - 1);

    internal static void Write(GuestPhysicalMemory memory, ulong address, bool is64Bit)
    {
        var size = (ulong)Unsafe.SizeOf<SegmentDescriptor>();
        memory.Write(address, default(SegmentDescriptor));
        memory.Write(address + size, default(SegmentDescriptor));
        memory.Write(address + 2 * size, Flat(Code) with { L = (ushort)(is64Bit ? 1 : 0), D = (ushort)(is64Bit ? 0 : 1) });
        memory.Write(address + 3 * size, Flat(Data) with { D = 1 });
    }

    private static SegmentDescriptor Flat(byte type) =>
        new()
        {
            Limit0 = 0xFFFF,
            Limit1 = 0xF,
            Type = type,
            S = 1,
            P = 1,
            G = 1,
        };
}
