using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

// Looking at the pages that are mapped, and changing their entries in place.
public sealed partial class EptMap
{
    // Whether the entry was changed.
    private delegate bool PageVisitor(ulong guestPhysicalAddress, EptLevel level, ref EptEntry entry);

    /// <summary>The pages that are mapped, in the order of their addresses.</summary>
    /// <param name="range">Guest-physical addresses; pages that lie there in part belong to it.</param>
    public IReadOnlyList<EptPage> Pages(PhysicalMemoryRange range)
    {
        var pages = new List<EptPage>();
        Visit(
            range,
            (ulong address, EptLevel level, ref EptEntry entry) =>
            {
                pages.Add(new(address, level, entry));
                return false;
            }
        );
        return pages;
    }

    /// <summary>
    /// Replaces the entries of all pages that are mapped in a range: permissions, memory type, suppress-#VE, whatever an entry has. Pages
    /// that reach beyond the range are split before. What is not mapped stays so.
    /// </summary>
    /// <param name="range">Guest-physical addresses, from a multiple of 4096 on, and a multiple of 4096 long.</param>
    /// <param name="change">Gives the new entry of a page.</param>
    /// <exception cref="ArgumentException">
    /// The range does not consist of whole pages, or the new entry refers to a table instead of mapping a page.
    /// </exception>
    /// <exception cref="InvalidOperationException">No page is left for the tables of a split.</exception>
    public void Change(PhysicalMemoryRange range, Func<EptPage, EptEntry> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        CheckWhole(range);
        SplitAt(range.Start);
        SplitAt(range.End);
        Visit(
            range,
            (ulong address, EptLevel level, ref EptEntry entry) =>
            {
                var changed = change(new(address, level, entry));
                CheckPage(changed, level, nameof(change));
                var isOther = changed != entry;
                entry = changed;
                return isOther;
            }
        );
    }

    /// <summary>
    /// Writes one entry as it is, even one that the processor calls misconfigured, for the page of a size at an address. A larger page
    /// there is split before.
    /// </summary>
    /// <param name="guestPhysicalAddress">An address in the page.</param>
    /// <param name="level">The level of the table with the entry.</param>
    /// <param name="entry">The entry.</param>
    /// <exception cref="ArgumentException">The entry refers to a table instead of mapping a page.</exception>
    /// <exception cref="InvalidOperationException">No page is left for tables.</exception>
    public void Set(ulong guestPhysicalAddress, EptLevel level, EptEntry entry)
    {
        CheckPage(entry, level, nameof(entry));
        Write(guestPhysicalAddress, level, [entry]);
    }

    /// <summary>Splits the pages in a range until none is larger than those of a level. What they map and allow stays.</summary>
    /// <param name="range">Guest-physical addresses, from a multiple of 4096 on, and a multiple of 4096 long.</param>
    /// <param name="largest">The level of the largest pages that may be left.</param>
    /// <exception cref="ArgumentException">The range does not consist of whole pages.</exception>
    /// <exception cref="InvalidOperationException">No page is left for tables.</exception>
    public void Split(PhysicalMemoryRange range, EptLevel largest)
    {
        CheckWhole(range);
        for (var address = range.Start; address < range.End; )
        {
            var entry = Find(address, out var level);
            if (IsUsed(entry) && level > largest)
                TableFor(address, level - 1);
            else
                address = (address & ~(level.BytesPerEntry - 1)) + level.BytesPerEntry;
        }
    }

    /// <summary>
    /// The pages that the guest has written, with their dirty flags, which this clears. The processor sets them if
    /// <see cref="EptPointer"/> enables accessed and dirty flags. No guest may run meanwhile, and INVEPT must follow: what a processor has
    /// cached as dirty it does not mark again (SDM 3C 29.3.5).
    /// </summary>
    /// <param name="range">Guest-physical addresses; pages that lie there in part belong to it.</param>
    public IReadOnlyList<EptPage> TakeDirty(PhysicalMemoryRange range) =>
        Take(range, static entry => entry.Dirty, static entry => entry with { Dirty = false });

    /// <summary>
    /// The pages that the guest has used, with their accessed flags, which this clears. As for <see cref="TakeDirty"/>, no guest may run
    /// meanwhile and INVEPT must follow. The flags of entries that refer to tables stay.
    /// </summary>
    /// <param name="range">Guest-physical addresses; pages that lie there in part belong to it.</param>
    public IReadOnlyList<EptPage> TakeAccessed(PhysicalMemoryRange range) =>
        Take(range, static entry => entry.Accessed, static entry => entry with { Accessed = false });

    private List<EptPage> Take(PhysicalMemoryRange range, Predicate<EptEntry> isFlagged, Func<EptEntry, EptEntry> clear)
    {
        var pages = new List<EptPage>();
        Visit(
            range,
            (ulong address, EptLevel level, ref EptEntry entry) =>
            {
                if (!isFlagged(entry))
                    return false;
                pages.Add(new(address, level, entry));
                entry = clear(entry);
                return true;
            }
        );
        return pages;
    }

    // Splits a page in whose midst the address lies until it begins one.
    private void SplitAt(ulong address)
    {
        if (address >= Reach)
            return;
        while (IsUsed(Find(address, out var level)) && (address & (level.BytesPerEntry - 1)) != 0)
            TableFor(address, level - 1);
    }

    private void Visit(PhysicalMemoryRange range, PageVisitor visit)
    {
        if (range.Length != 0)
            Visit(EptPointer.RootTableAddress, EptPointer.RootLevel, 0, range.Start, range.End - 1, visit);
    }

    private void Visit(ulong table, EptLevel level, ulong start, ulong first, ulong last, PageVisitor visit)
    {
        Span<EptEntry> entries = new EptEntry[EptTable.EntryCount];
        _pages.Memory.Read(table, MemoryMarshal.AsBytes(entries));
        var (from, to) = (EptTable.EntryCount, -1);
        for (var i = 0; i < entries.Length; i++)
        {
            var address = start + ((ulong)i * level.BytesPerEntry);
            if (!IsUsed(entries[i]) || address > last || address + (level.BytesPerEntry - 1) < first)
                continue;
            if (!entries[i].MapsPage(level))
                Visit(entries[i].PhysicalAddress, level - 1, address, first, last, visit);
            else if (visit(address, level, ref entries[i]))
                (from, to) = (Math.Min(from, i), i);
        }
        if (to >= from)
            _pages.Memory.Write(table + ((ulong)from * sizeof(ulong)), MemoryMarshal.AsBytes(entries[from..(to + 1)]));
    }

    private static void CheckWhole(PhysicalMemoryRange range)
    {
        if (((range.Start | range.Length) & (VmxPage.Size - 1)) != 0)
            throw new ArgumentException($"EPT maps pages: {range} must have multiples of {VmxPage.Size} throughout.", nameof(range));
    }

    private static void CheckPage(EptEntry entry, EptLevel level, string parameter)
    {
        if (IsUsed(entry) && !entry.MapsPage(level))
            throw new ArgumentException($"The entry {entry} refers to a table at level {level}: tables are the map's own.", parameter);
    }
}
