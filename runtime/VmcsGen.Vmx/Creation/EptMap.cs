using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>
/// EPT paging structures in physical memory: they grow as ranges are mapped, with the largest pages that alignment and the processor
/// allow. After a change the processor must be told by INVEPT.
/// </summary>
public sealed class EptMap
{
    private readonly PhysicalPageAllocator _pages;
    private readonly EptVpidCapabilities _capabilities;
    private readonly List<ulong> _tables = [];

    /// <summary>An empty map: every access is an EPT violation.</summary>
    /// <param name="pages">Where tables are taken from.</param>
    /// <param name="capabilities">What the processor supports.</param>
    /// <param name="guestPhysicalAddressWidth">Physical-address width that the guest sees in CPUID 80000008H.</param>
    /// <exception cref="NotSupportedException">The processor has no EPT.</exception>
    /// <exception cref="InvalidOperationException">No page is left.</exception>
    public EptMap(PhysicalPageAllocator pages, VmxCapabilities capabilities, int guestPhysicalAddressWidth)
    {
        ArgumentNullException.ThrowIfNull(pages);
        ArgumentNullException.ThrowIfNull(capabilities);
        _pages = pages;
        _capabilities = capabilities.EptVpid;
        // First what may refuse, so that no page is lost.
        var pointer = EptPointer.ForGuest(0, capabilities, guestPhysicalAddressWidth);
        EptPointer = pointer with { RootTableAddress = NewTable() };
    }

    /// <summary>The EPT pointer for the VMCS.</summary>
    public EptPointer EptPointer { get; }

    /// <summary>Tables that the map consists of.</summary>
    public int TableCount => _tables.Count;

    /// <summary>Maps a range; what was mapped there is replaced.</summary>
    /// <param name="mapping">The range.</param>
    /// <exception cref="ArgumentException">Addresses and length are not multiples of 4096, or EPT does not reach so far.</exception>
    /// <exception cref="InvalidOperationException">No page is left; a part of the range may be mapped.</exception>
    public void Map(in EptMapping mapping)
    {
        var (guest, physical, length) = (mapping.GuestPhysicalAddress, mapping.PhysicalAddress, mapping.Length);
        if (((guest | physical | length) & (VmxPage.Size - 1)) != 0)
            throw new ArgumentException($"EPT maps pages: {mapping} must have multiples of {VmxPage.Size} throughout.", nameof(mapping));
        var reach = EptPointer.RootLevel.BytesPerEntry * EptTable.EntryCount;
        if (length > reach || guest > reach - length)
            throw new ArgumentException(
                $"{EptPointer.PageWalkLength} levels of EPT translate addresses below 0x{reach:X}, not all of {mapping}.",
                nameof(mapping)
            );
        Span<EptEntry> entries = new EptEntry[EptTable.EntryCount];
        while (length != 0)
        {
            var level = LargestPage(guest | physical, length);
            // To the end of the table: only there can a larger page begin.
            var count = (int)Math.Min(length / level.BytesPerEntry, (ulong)(EptTable.EntryCount - level.IndexOf(guest)));
            for (var i = 0; i < count; i++)
            {
                entries[i] = EptEntry.ForPage(level, physical + ((ulong)i * level.BytesPerEntry)) with
                {
                    Write = mapping.IsWritable,
                    Execute = mapping.IsExecutable,
                };
            }
            Write(guest, level, entries[..count]);
            var done = (ulong)count * level.BytesPerEntry;
            guest += done;
            physical += done;
            length -= done;
        }
    }

    /// <summary>Takes a page of 4 KBytes out, so that access to it is an EPT violation.</summary>
    /// <param name="guestPhysicalAddress">An address in the page.</param>
    public void Unmap(ulong guestPhysicalAddress) => Write(guestPhysicalAddress, EptLevel.PageTable, [default]);

    /// <summary>The entry that maps an address; one that is not present if none does.</summary>
    /// <param name="guestPhysicalAddress">The address.</param>
    /// <param name="level">The level of the entry, which says how large the page is.</param>
    public EptEntry Find(ulong guestPhysicalAddress, out EptLevel level)
    {
        var table = EptPointer.RootTableAddress;
        for (level = EptPointer.RootLevel; ; level--)
        {
            var entry = new EptEntry(_pages.Memory.ReadUInt64(Place(table, level, guestPhysicalAddress)));
            if (!entry.IsPresent() || entry.MapsPage(level))
                return entry;
            table = entry.PhysicalAddress;
        }
    }

    /// <summary>Gives all tables back. The map must not be used any more.</summary>
    internal void Free()
    {
        foreach (var table in _tables)
            _pages.Free(table);
        _tables.Clear();
    }

    private static ulong Place(ulong table, EptLevel level, ulong address) => table + ((ulong)level.IndexOf(address) * sizeof(ulong));

    private EptLevel LargestPage(ulong alignment, ulong length)
    {
        if (_capabilities.Pages1G && Fits(EptLevel.PageDirectoryPointerTable))
            return EptLevel.PageDirectoryPointerTable;
        return _capabilities.Pages2M && Fits(EptLevel.PageDirectory) ? EptLevel.PageDirectory : EptLevel.PageTable;

        bool Fits(EptLevel level) => (alignment & (level.BytesPerEntry - 1)) == 0 && length >= level.BytesPerEntry;
    }

    // Tables that a larger page replaces stay allocated until the map goes.
    private void Write(ulong address, EptLevel level, ReadOnlySpan<EptEntry> entries)
    {
        var table = EptPointer.RootTableAddress;
        for (var at = EptPointer.RootLevel; at > level; at--)
        {
            var place = Place(table, at, address);
            var next = new EptEntry(_pages.Memory.ReadUInt64(place));
            if (!next.IsPresent() || next.MapsPage(at))
            {
                var lower = NewTable();
                if (next.IsPresent())
                    Split(next, at - 1, lower);
                next = EptEntry.ForTable(lower);
                _pages.Memory.WriteUInt64(place, next.Value);
            }
            table = next.PhysicalAddress;
        }
        _pages.Memory.Write(Place(table, level, address), MemoryMarshal.AsBytes(entries));
    }

    private void Split(EptEntry large, EptLevel level, ulong table)
    {
        var parts = new EptEntry[EptTable.EntryCount];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = large with
            {
                PhysicalAddress = large.PhysicalAddress + ((ulong)i * level.BytesPerEntry),
                LargePage = level != EptLevel.PageTable,
            };
        }
        _pages.Memory.Write(table, MemoryMarshal.AsBytes<EptEntry>(parts));
    }

    private ulong NewTable()
    {
        var table = _pages.Allocate();
        _tables.Add(table);
        return table;
    }
}
