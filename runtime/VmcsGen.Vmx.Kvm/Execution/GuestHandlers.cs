using System;
using System.Buffers.Binary;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Kvm;

/// <summary>Where the handlers of a guest begin, by its IDT or interrupt vector table (SDM 3A 7.10 and 22.1.4).</summary>
internal static class GuestHandlers
{
    /// <summary>The linear address of a handler; null if the tables cannot be read or have no such gate.</summary>
    internal static ulong? Find(GuestPhysicalMap map, in KvmSregs sregs, byte vector)
    {
        Span<byte> gate = stackalloc byte[16];
        if ((sregs.Cr0 & RegisterBits.Cr0Pe) == 0)
        {
            if (!TryRead(map, sregs, sregs.Idt.Base + (vector * 4u), gate[..4]))
                return null;
            return ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(gate[2..]) << 4) + BinaryPrimitives.ReadUInt16LittleEndian(gate);
        }
        var isLong = (sregs.Efer & RegisterBits.EferLma) != 0;
        var size = isLong ? 16 : 8;
        if ((vector * size) + size - 1 > sregs.Idt.Limit || !TryRead(map, sregs, sregs.Idt.Base + (ulong)(vector * size), gate[..size]))
            return null;
        var offset = (ulong)BinaryPrimitives.ReadUInt16LittleEndian(gate) | (ulong)BinaryPrimitives.ReadUInt16LittleEndian(gate[6..]) << 16;
        if (isLong)
            return offset | (ulong)BinaryPrimitives.ReadUInt32LittleEndian(gate[8..]) << 32;

        // The base of the code segment, from the GDT.
        var selector = BinaryPrimitives.ReadUInt16LittleEndian(gate[2..]);
        Span<byte> descriptor = stackalloc byte[8];
        if (!TryRead(map, sregs, sregs.Gdt.Base + (selector & 0xFFF8u), descriptor))
            return null;
        var @base = BinaryPrimitives.ReadUInt32LittleEndian(descriptor[2..]) & 0xFF_FFFF | (uint)descriptor[7] << 24;
        return (@base + offset) & 0xFFFF_FFFF;
    }

    private static bool TryRead(GuestPhysicalMap map, in KvmSregs sregs, ulong linear, Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            var translation = GuestPaging.Translate(map, sregs, linear + (ulong)i, isFetch: false);
            if (translation.Outcome != GuestTranslationOutcome.Translated || map.Read(translation.Address, destination.Slice(i, 1)) != 1)
                return false;
        }
        return true;
    }
}
