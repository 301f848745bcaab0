using System;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Software;

/// <summary>4-level and 5-level paging of the processor's own program, for accesses to data at CPL 0 (SDM 3A 5.5 to 5.7).</summary>
internal readonly struct ProgramPaging(IPhysicalMemory memory, ulong cr0, ulong cr3, ulong cr4, int physicalAddressWidth)
{
    private const ulong Present = 1;
    private const ulong Writable = 2;
    private const ulong LargePage = 1 << 7;
    private const ulong Cr4La57 = 1 << 12;
    private const ulong Table = 0x000F_FFFF_FFFF_F000;

    // Bits of the error code: a page was there; a write; a reserved bit was set.
    private const uint WasPresent = 1;
    private const uint WasWrite = 2;
    private const uint WasReserved = 8;

    internal bool TryTranslate(ulong linear, bool isWrite, out ulong physical, out uint errorCode)
    {
        errorCode = isWrite ? WasWrite : 0;
        physical = 0;
        var isWritable = true;
        var table = cr3 & Table;
        for (var level = (cr4 & Cr4La57) != 0 ? 5 : 4; ; level--)
        {
            var shift = 12 + (9 * (level - 1));
            var entry = Read(table + ((linear >> shift & 0x1FF) * sizeof(ulong)));
            if ((entry & Present) == 0)
                return false;
            var isLeaf = level == 1 || (level <= 3 && (entry & LargePage) != 0);
            if ((entry & Reserved(level, isLeaf, shift)) != 0)
            {
                errorCode |= WasPresent | WasReserved;
                return false;
            }
            isWritable &= (entry & Writable) != 0;
            if (!isLeaf)
            {
                table = entry & Table;
                continue;
            }
            if (isWrite && !isWritable && (cr0 & RegisterBits.Cr0Wp) != 0)
            {
                errorCode |= WasPresent;
                return false;
            }
            var offset = (1UL << shift) - 1;
            physical = (entry & Table & ~offset) | (linear & offset);
            return true;
        }
    }

    // Beyond the physical-address width; PS of levels without large pages; the address bits within a large page, but PAT.
    private ulong Reserved(int level, bool isLeaf, int shift)
    {
        var reserved = Table & ~((1UL << physicalAddressWidth) - 1);
        if (level >= 4)
            reserved |= LargePage;
        return isLeaf && level > 1 ? reserved | (((1UL << shift) - 1) & ~0x1FFFUL) : reserved;
    }

    // Where there is no memory, all ones are read, as on a bus.
    private ulong Read(ulong address)
    {
        try
        {
            return memory.ReadUInt64(address);
        }
        catch (ArgumentOutOfRangeException)
        {
            return ulong.MaxValue;
        }
    }
}
