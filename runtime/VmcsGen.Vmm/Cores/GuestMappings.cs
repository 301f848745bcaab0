using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// What the page tables of a vCPU in 64-bit mode map, in ranges as long as they go. The guest may have built anything: what refers to
/// itself, or goes on for ever, ends at a limit. Source: SDM 3A 4.5.
/// </summary>
internal sealed class GuestMappings
{
    internal const int MostRanges = 60_000;

    private const int MostTables = 100_000;
    private const ulong Paging = 1UL << 31; // CR0.PG
    private const ulong FiveLevels = 1 << 12; // CR4.LA57
    private const ulong LongModeActive = 1 << 10; // EFER.LMA
    private const ulong Present = 1;
    private const ulong LargePage = 1 << 7;
    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;
    private const int EntriesPerTable = 512;

    private readonly GuestPhysicalMemory _memory;
    private readonly List<GuestMapping> _ranges = [];
    private int _tables;

    private GuestMappings(GuestPhysicalMemory memory) => _memory = memory;

    /// <summary>The ranges, by linear address; null if the vCPU is in another mode, or there are more than a core can hold.</summary>
    internal static IReadOnlyList<GuestMapping>? Of(KvmVcpu vcpu, GuestPhysicalMemory memory)
    {
        vcpu.GetSregs(out var sregs);
        if ((sregs.Cr0 & Paging) == 0 || (sregs.Efer & LongModeActive) == 0)
            return null;
        GuestMappings mappings = new(memory);
        return mappings.Walk(sregs.Cr3 & AddressMask, (sregs.Cr4 & FiveLevels) != 0 ? 5 : 4, 0) ? mappings._ranges : null;
    }

    private bool Walk(ulong table, int level, ulong linear)
    {
        if (++_tables > MostTables)
            return false;
        var entries = new ulong[EntriesPerTable];
        try
        {
            _memory.Read(table, MemoryMarshal.AsBytes(entries.AsSpan()));
        }
        catch (GuestMemoryException)
        {
            return true; // A table that is not in memory maps nothing.
        }
        var size = 1UL << (12 + 9 * (level - 1));
        for (var i = 0; i < EntriesPerTable; i++)
        {
            var entry = entries[i];
            if ((entry & Present) == 0)
                continue;
            var at = linear + (ulong)i * size;
            if (level is 4 && (i & 0x100) != 0)
                at |= 0xFFFF_0000_0000_0000; // Canonical addresses repeat their highest bit.
            if (level is 1 || (level is 2 or 3 && (entry & LargePage) != 0))
            {
                if (!Add(new(at, entry & AddressMask & ~(size - 1), size)))
                    return false;
            }
            else if (!Walk(entry & AddressMask, level - 1, at))
            {
                return false;
            }
        }
        return true;
    }

    private bool Add(GuestMapping mapping)
    {
        if (
            _ranges.Count > 0
            && _ranges[^1] is var last
            && last.Linear + last.Size == mapping.Linear
            && last.Physical + last.Size == mapping.Physical
        )
        {
            _ranges[^1] = last with { Size = last.Size + mapping.Size };
            return true;
        }
        if (_ranges.Count == MostRanges)
            return false;
        _ranges.Add(mapping);
        return true;
    }
}
