using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>Hands out pages of physical memory, zeroed, from a range that nothing else uses.</summary>
public sealed class PhysicalPageAllocator
{
    private readonly SortedSet<ulong> _returned = [];
    private readonly HashSet<ulong> _allocated = [];
    private ulong _next;

    /// <summary>Hands out the pages of a range.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="range">Where the pages are: a multiple of 4096, and so is its length.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not consist of whole pages.</exception>
    public PhysicalPageAllocator(IPhysicalMemory memory, PhysicalMemoryRange range)
    {
        ArgumentNullException.ThrowIfNull(memory);
        if (range.Start % VmxPage.Size != 0 || range.Length % VmxPage.Size != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(range),
                range,
                $"Pages are handed out whole: start and length must be multiples of {VmxPage.Size}."
            );
        }
        Memory = memory;
        Range = range;
        _next = range.Start;
    }

    /// <summary>The memory.</summary>
    public IPhysicalMemory Memory { get; }

    /// <summary>Where the pages are.</summary>
    public PhysicalMemoryRange Range { get; }

    /// <summary>Pages that are in use.</summary>
    public int AllocatedCount => _allocated.Count;

    /// <summary>Takes a page, all of whose bytes are 0.</summary>
    /// <returns>Its physical address.</returns>
    /// <exception cref="InvalidOperationException">All pages are in use.</exception>
    public ulong Allocate()
    {
        var page = _returned.Count != 0 ? _returned.Min : _next;
        if (page == Range.End)
        {
            throw new InvalidOperationException(
                $"All {Range.Length / VmxPage.Size} pages from 0x{Range.Start:X} on are in use. Give the allocator a larger range."
            );
        }
        Span<byte> zeros = stackalloc byte[VmxPage.Size];
        zeros.Clear();
        Memory.Write(page, zeros);
        if (!_returned.Remove(page))
            _next += VmxPage.Size;
        _allocated.Add(page);
        return page;
    }

    /// <summary>Gives a page back.</summary>
    /// <param name="page">Its physical address.</param>
    /// <exception cref="ArgumentException">The page is not in use.</exception>
    public void Free(ulong page)
    {
        if (!_allocated.Remove(page))
            throw new ArgumentException(
                $"The page at 0x{page:X} is not in use: it was freed already, or comes from elsewhere.",
                nameof(page)
            );
        _returned.Add(page);
    }
}
