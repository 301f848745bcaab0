using System;
using System.Buffers.Binary;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Kvm;

/// <summary>Translates linear addresses by the guest's own paging structures, and changes nothing there (SDM 3A, chapter 5).</summary>
internal static class GuestPaging
{
    private const ulong Present = 1;
    private const ulong User = 4;
    private const ulong Large = 0x80;
    private const ulong NoExecute = 1UL << 63;
    private const ulong AddressBits = 0xF_FFFF_FFFF_F000;
    private const ulong Cr4Pse = 1 << 4;
    private const ulong Cr4Smep = 1 << 20;
    private const ulong EferNxe = 1 << 11;

    /// <summary>Translates an address.</summary>
    /// <param name="map">Guest-physical memory.</param>
    /// <param name="sregs">The guest's registers.</param>
    /// <param name="linear">The linear address.</param>
    /// <param name="isFetch">Whether an instruction is fetched there; else rights are not checked.</param>
    internal static GuestTranslation Translate(GuestPhysicalMap map, in KvmSregs sregs, ulong linear, bool isFetch)
    {
        if ((sregs.Cr0 & RegisterBits.Cr0Pg) == 0)
            return new(GuestTranslationOutcome.Translated, linear & 0xFFFF_FFFF);
        if ((sregs.Efer & RegisterBits.EferLma) != 0)
            return Walk(map, sregs, sregs.Cr3 & AddressBits, linear, isFetch, levels: 4, entrySize: 8);
        linear &= 0xFFFF_FFFF;
        return (sregs.Cr4 & RegisterBits.Cr4Pae) != 0
            ? Walk(map, sregs, sregs.Cr3 & 0xFFFF_FFE0, linear, isFetch, levels: 3, entrySize: 8)
            : Walk(map, sregs, sregs.Cr3 & 0xFFFF_F000, linear, isFetch, levels: 2, entrySize: 4);
    }

    private static GuestTranslation Walk(
        GuestPhysicalMap map,
        in KvmSregs sregs,
        ulong table,
        ulong linear,
        bool isFetch,
        int levels,
        int entrySize
    )
    {
        var bitsPerLevel = entrySize == 8 ? 9 : 10;
        var isUser = true;
        Span<byte> bytes = stackalloc byte[8];
        for (var level = levels; ; level--)
        {
            var shift = 12 + (bitsPerLevel * (level - 1));
            var place = table + ((linear >> shift & ((1UL << bitsPerLevel) - 1)) * (ulong)entrySize);
            bytes.Clear();
            if (map.Read(place, bytes[..entrySize]) != entrySize)
                return new(GuestTranslationOutcome.StructureNotMapped, place);
            var entry = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            if ((entry & Present) == 0)
                return new(GuestTranslationOutcome.PageFault, 0);
            // Entries of the PDPT of PAE paging have no rights.
            var hasRights = !(levels == 3 && level == 3);
            if (hasRights)
                isUser &= (entry & User) != 0;
            if (isFetch && hasRights && (entry & NoExecute) != 0 && (sregs.Efer & EferNxe) != 0)
                return new(GuestTranslationOutcome.PageFault, 0);

            var isLarge = level is 2 or 3 && hasRights && (entry & Large) != 0 && (entrySize == 8 || (sregs.Cr4 & Cr4Pse) != 0);
            if (level != 1 && !isLarge)
            {
                table = entry & AddressBits;
                continue;
            }
            if (isFetch && IsFetchRefused(sregs, isUser))
                return new(GuestTranslationOutcome.PageFault, 0);
            var offset = (1UL << shift) - 1;
            var page = entry & AddressBits & ~offset;
            // SDM 3A 5.3: bits 39:32 of a 4-MByte page are in bits 20:13.
            if (entrySize == 4 && level == 2)
                page = (entry & 0xFFC0_0000) | (entry >> 13 & 0xFF) << 32;
            return new(GuestTranslationOutcome.Translated, page | (linear & offset));
        }
    }

    private static bool IsFetchRefused(in KvmSregs sregs, bool isUser) =>
        sregs.Ss.Dpl == 3 ? !isUser : isUser && (sregs.Cr4 & Cr4Smep) != 0;
}
