using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>
/// EPT paging structures in physical memory: they grow as ranges are mapped, with the largest pages that alignment, the processor and
/// the mapping allow. Any number of vCPUs may use one map. After a change every processor that uses it must be told by INVEPT.
/// </summary>
/// <example><code>
/// ept.Map(EptMapping.Identity(0, 1 &lt;&lt; 30) with { LargestPage = EptLevel.PageTable });
/// ept.Change(new(0xB8000, 0x1000), static page => page.Entry with { Write = false });
/// foreach (var page in ept.TakeDirty(new(0, 1 &lt;&lt; 30)))
///     Save(page.GuestPhysicalAddress, page.Length);
/// vcpu.InvalidateEpt();
/// </code></example>
[MustDispose]
public sealed partial class EptMap : IDisposable
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

    /// <summary>
    /// A map of all physical memory to itself with the memory types of the MTRRs, as a hypervisor needs it that lifts a running system into
    /// a guest. Pages are split where types change.
    /// </summary>
    /// <param name="pages">Where tables are taken from.</param>
    /// <param name="capabilities">What the processor supports.</param>
    /// <param name="physicalAddressWidth">
    /// Physical-address width of the processor; EPT of 4 levels translates 48 bits of it at most.
    /// </param>
    /// <param name="mtrrs">The MTRRs.</param>
    /// <exception cref="NotSupportedException">The processor has no EPT.</exception>
    /// <exception cref="InvalidOperationException">No page is left.</exception>
    public static EptMap Identity(PhysicalPageAllocator pages, VmxCapabilities capabilities, int physicalAddressWidth, Mtrrs mtrrs)
    {
        ArgumentNullException.ThrowIfNull(mtrrs);
        var map = new EptMap(pages, capabilities, physicalAddressWidth);
        try
        {
            foreach (var range in mtrrs.RangesBelow(Math.Min(1UL << physicalAddressWidth, map.Reach)))
                map.Map(EptMapping.Identity(range.Start, range.Length) with { MemoryType = range.MemoryType });
            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Maps a range; what was mapped there is replaced.</summary>
    /// <param name="mapping">The range.</param>
    /// <exception cref="ArgumentException">Addresses and length are not multiples of 4096, or EPT does not reach so far.</exception>
    /// <exception cref="InvalidOperationException">No page is left; a part of the range may be mapped.</exception>
    public void Map(in EptMapping mapping)
    {
        var (guest, physical, length) = (mapping.GuestPhysicalAddress, mapping.PhysicalAddress, mapping.Length);
        if (((guest | physical | length) & (VmxPage.Size - 1)) != 0)
            throw new ArgumentException($"EPT maps pages: {mapping} must have multiples of {VmxPage.Size} throughout.", nameof(mapping));
        if (length > Reach || guest > Reach - length)
            throw new ArgumentException(
                $"{EptPointer.PageWalkLength} levels of EPT translate addresses below 0x{Reach:X}, not all of {mapping}.",
                nameof(mapping)
            );
        Span<EptEntry> entries = new EptEntry[EptTable.EntryCount];
        while (length != 0)
        {
            var level = LargestPage(mapping.LargestPage, guest | physical, length);
            // To the end of the table: only there can a larger page begin.
            var count = (int)Math.Min(length / level.BytesPerEntry, (ulong)(EptTable.EntryCount - level.IndexOf(guest)));
            for (var i = 0; i < count; i++)
                entries[i] = mapping.Entry(level, physical + ((ulong)i * level.BytesPerEntry));
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
            if (!IsUsed(entry) || entry.MapsPage(level))
                return entry;
            table = entry.PhysicalAddress;
        }
    }

    /// <summary>Gives all tables back. No processor may use the map any more.</summary>
    public void Dispose()
    {
        foreach (var table in _tables)
            _pages.Free(table);
        _tables.Clear();
    }

    // The first guest-physical address that the levels do not translate.
    private ulong Reach => EptPointer.RootLevel.BytesPerEntry * EptTable.EntryCount;

    private static ulong Place(ulong table, EptLevel level, ulong address) => table + ((ulong)level.IndexOf(address) * sizeof(ulong));

    // With mode-based execute control, user-mode execution is an access of its own.
    private static bool IsUsed(EptEntry entry) => entry.IsPresent(modeBasedExecute: true);

    private EptLevel LargestPage(EptLevel wanted, ulong alignment, ulong length)
    {
        if (_capabilities.Pages1G && Fits(EptLevel.PageDirectoryPointerTable))
            return EptLevel.PageDirectoryPointerTable;
        return _capabilities.Pages2M && Fits(EptLevel.PageDirectory) ? EptLevel.PageDirectory : EptLevel.PageTable;

        bool Fits(EptLevel level) => level <= wanted && (alignment & (level.BytesPerEntry - 1)) == 0 && length >= level.BytesPerEntry;
    }

    private void Write(ulong address, EptLevel level, ReadOnlySpan<EptEntry> entries) =>
        _pages.Memory.Write(Place(TableFor(address, level), level, address), MemoryMarshal.AsBytes(entries));

    // The table of a level that translates an address, made if there is none, and out of a larger page if there is one. Tables that a
    // larger page replaces stay allocated until the map goes.
    private ulong TableFor(ulong address, EptLevel level)
    {
        var table = EptPointer.RootTableAddress;
        for (var at = EptPointer.RootLevel; at > level; at--)
        {
            var place = Place(table, at, address);
            var next = new EptEntry(_pages.Memory.ReadUInt64(place));
            if (!IsUsed(next) || next.MapsPage(at))
            {
                var lower = NewTable();
                if (IsUsed(next))
                    Split(next, at - 1, lower);
                next = EptEntry.ForTable(lower);
                _pages.Memory.WriteUInt64(place, next.Value);
            }
            table = next.PhysicalAddress;
        }
        return table;
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
