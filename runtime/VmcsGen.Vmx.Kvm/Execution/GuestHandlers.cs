using System;
using System.Buffers.Binary;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Kvm;

/// <summary>Where the handlers of a guest begin, by its IDT or interrupt vector table (SDM 3A 7.10 and 22.1.4).</summary>
internal static class GuestHandlers
{
    private const int Gate16Bit = 0x6;

    /// <summary>The handler of a vector; null if the tables cannot be read or have no such gate.</summary>
    internal static GuestHandler? Find(GuestPhysicalMap map, in KvmSregs sregs, byte vector)
    {
        Span<byte> gate = stackalloc byte[16];
        if ((sregs.Cr0 & RegisterBits.Cr0Pe) == 0)
        {
            if ((vector * 4) + 3 > sregs.Idt.Limit || !TryRead(map, sregs, sregs.Idt.Base + (vector * 4u), gate[..4]))
                return null;
            var segment = BinaryPrimitives.ReadUInt16LittleEndian(gate[2..]);
            return new(((ulong)segment << 4) + BinaryPrimitives.ReadUInt16LittleEndian(gate), WordSize: 2);
        }
        var isLong = (sregs.Efer & RegisterBits.EferLma) != 0;
        var size = isLong ? 16 : 8;
        if ((vector * size) + size - 1 > sregs.Idt.Limit || !TryRead(map, sregs, sregs.Idt.Base + (ulong)(vector * size), gate[..size]))
            return null;
        // Interrupt and trap gates of 16 or 32 bits (in IA-32e mode 64), present. Not a task gate.
        var rights = gate[5];
        if ((rights & 0x80) == 0 || (rights & 0x16) != 0x06)
            return null;
        var offset = (ulong)BinaryPrimitives.ReadUInt16LittleEndian(gate) | (ulong)BinaryPrimitives.ReadUInt16LittleEndian(gate[6..]) << 16;
        if (isLong)
            return new(offset | (ulong)BinaryPrimitives.ReadUInt32LittleEndian(gate[8..]) << 32, WordSize: 8);

        // The base of the code segment, from the GDT.
        var selector = BinaryPrimitives.ReadUInt16LittleEndian(gate[2..]);
        Span<byte> descriptor = stackalloc byte[8];
        if (!TryRead(map, sregs, sregs.Gdt.Base + (selector & 0xFFF8u), descriptor))
            return null;
        var @base = BinaryPrimitives.ReadUInt32LittleEndian(descriptor[2..]) & 0xFF_FFFF | (uint)descriptor[7] << 24;
        var is16Bit = (rights & 0xE) == Gate16Bit;
        return new((@base + (is16Bit ? offset & 0xFFFF : offset)) & 0xFFFF_FFFF, is16Bit ? 2 : 4);
    }

    private static bool TryRead(GuestPhysicalMap map, in KvmSregs sregs, ulong linear, Span<byte> destination)
    {
        for (var done = 0; done < destination.Length; )
        {
            var translation = GuestPaging.Translate(map, sregs, linear + (ulong)done, isFetch: false);
            if (translation.Outcome != GuestTranslationOutcome.Translated)
                return false;
            var inPage = VmxPage.Size - (int)(translation.Address % VmxPage.Size);
            var read = map.Read(translation.Address, destination.Slice(done, Math.Min(inPage, destination.Length - done)));
            if (read == 0)
                return false;
            done += read;
        }
        return true;
    }
}
