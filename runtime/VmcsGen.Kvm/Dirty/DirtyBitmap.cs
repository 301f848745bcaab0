using System;
using System.Numerics;

namespace VmcsGen.Kvm;

/// <summary>
/// A bit for each page of a slot. The caller owns it and uses it again and again: <see cref="KvmVm.GetDirtyLog(DirtyBitmap)"/>
/// fills it in, or <see cref="TryAdd"/> with what a <see cref="DirtyRing"/> gave. Not for several threads at once.
/// </summary>
/// <example>
/// <code>
/// var dirty = new DirtyBitmap(slot);
/// vm.GetDirtyLog(dirty);
/// foreach (ulong page in dirty)
///     Copy(dirty.AddressOf(page));
/// </code>
/// </example>
public sealed class DirtyBitmap
{
    private readonly ulong[] _words;

    /// <summary>Creates a bitmap of clean pages.</summary>
    /// <param name="slot">The slot whose pages it is for.</param>
    public DirtyBitmap(MemorySlot slot)
    {
        ArgumentNullException.ThrowIfNull(slot);
        Slot = slot;
        PageCount = slot.PageCount;
        _words = new ulong[slot.DirtyBitmapLength];
    }

    /// <summary>The slot.</summary>
    public MemorySlot Slot { get; }

    /// <summary>Number of pages of 4 KiB in the slot.</summary>
    public ulong PageCount { get; }

    /// <summary>The bits as KVM has them: bit 0 of the first word for the slot's first page.</summary>
    public Span<ulong> Words => _words;

    /// <summary>How many pages are dirty.</summary>
    public ulong Count
    {
        get
        {
            ulong count = 0;
            foreach (var word in _words)
                count += (ulong)BitOperations.PopCount(word);
            return count;
        }
    }

    /// <summary>Whether a page is dirty.</summary>
    /// <param name="page">The page's number in the slot.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slot has no such page.</exception>
    public bool this[ulong page]
    {
        get => (_words[WordOf(page)] >> (int)(page % 64) & 1) != 0;
        set
        {
            var bit = 1ul << (int)(page % 64);
            ref var word = ref _words[WordOf(page)];
            word = value ? word | bit : word & ~bit;
        }
    }

    /// <summary>The guest physical address at which a page begins.</summary>
    /// <param name="page">The page's number in the slot.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slot has no such page.</exception>
    public ulong AddressOf(ulong page)
    {
        _ = WordOf(page);
        return Slot.GuestPhysicalAddress + page * GuestMemory.PageSize;
    }

    /// <summary>
    /// Marks the page that an entry of a dirty ring names. False, with nothing changed, if it is not a page of this slot.
    /// </summary>
    /// <param name="page">The entry.</param>
    public bool TryAdd(DirtyPage page)
    {
        if (page.Slot != Slot.Number || page.Page >= PageCount)
            return false;
        this[page.Page] = true;
        return true;
    }

    /// <summary>Adds the dirty pages of another bitmap.</summary>
    /// <param name="other">A bitmap for as many pages.</param>
    /// <exception cref="ArgumentException">It is for another number of pages.</exception>
    public void UnionWith(DirtyBitmap other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.PageCount != PageCount)
            throw new ArgumentException($"A bitmap of {other.PageCount} pages cannot be added to one of {PageCount}.", nameof(other));
        for (var i = 0; i < _words.Length; i++)
            _words[i] |= other._words[i];
    }

    /// <summary>Makes all pages clean.</summary>
    public void Clear() => Array.Clear(_words);

    /// <summary>Goes through the dirty pages by their numbers in the slot, in ascending order, without allocating.</summary>
    public DirtyPages.Enumerator GetEnumerator() => DirtyPages.In(_words, PageCount).GetEnumerator();

    private int WordOf(ulong page)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(page, PageCount);
        return (int)(page / 64);
    }
}
