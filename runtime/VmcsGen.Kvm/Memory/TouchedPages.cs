using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// Finds the pages of a memory that may hold something. Pages that nobody ever touched hold zeros, and are not touched to find that
/// out: what is done to the others costs by what is in the memory and not by its size.
/// </summary>
internal static class TouchedPages
{
    private const ulong PageSize = GuestMemory.PageSize;

    // 512 KiB at once, for 256 MiB of memory.
    private const int MostEntries = 0x1_0000;

    private const int MostRegions = 512;

    // A page is in memory, or swapped out. Source: Documentation/admin-guide/mm/pagemap.rst.
    private const ulong PresentOrSwapped = 3ul << 62;

    // A page of a file, or of shared memory, and not one of this process. Source: as above.
    private const ulong OfFile = 1ul << 61;

    /// <summary>The pages in ascending order; all, where the host does not tell.</summary>
    internal static IEnumerable<PageRange> Of(GuestMemory memory) => Of(memory, AreSupplied(memory));

    /// <summary>Whether somebody supplies pages that are not there, so that none can be left out.</summary>
    internal static bool AreSupplied(GuestMemory memory) => MissingPages.AreSupplied(memory.Mapping.Address, memory.Mapping.Length);

    /// <summary>The same for who knows already whether pages are supplied: to find that out takes longer than the rest.</summary>
    internal static IEnumerable<PageRange> Of(GuestMemory memory, bool areSupplied) =>
        areSupplied
            ? [new(0, memory.Size)]
            : memory.Backing switch
            {
                GuestMemoryBacking.Private => InPageTables(memory, leavesOutFiles: false),
                GuestMemoryBacking.SharedMemory or GuestMemoryBacking.File => InFile(memory),
                GuestMemoryBacking.Saved => memory.Origin!.With(WrittenSince(memory)),
                _ => new SavedPages(memory.Size, InFile(memory).Select(static range => new PageExtent(range, null, 0))).With(
                    WrittenSince(memory)
                ),
            };

    /// <summary>The pages of memory that was made of saved contents, or of a file, that were written since; others too, perhaps.</summary>
    internal static IEnumerable<PageRange> WrittenSince(GuestMemory memory) => InPageTables(memory, leavesOutFiles: true);

    // Of private memory: a page that is not in the page tables was never touched.
    private static List<PageRange> InPageTables(GuestMemory memory, bool leavesOutFiles)
    {
        using var pagemap = TryOpen("/proc/self/pagemap");
        if (pagemap is null)
            return [new(0, memory.Size)];
        return [.. PageRange.Join(Scan(pagemap, memory, leavesOutFiles) ?? ReadEntries(pagemap, memory, leavesOutFiles))];
    }

    // Null where the kernel is older.
    private static List<PageRange>? Scan(SafeFileHandle pagemap, GuestMemory memory, bool leavesOutFiles)
    {
        var first = (ulong)memory.Mapping.Address;
        var regions = new PageTableScan.Region[MostRegions];
        List<PageRange> ranges = [];
        for (var at = first; at < first + memory.Size; )
        {
            var count = PageTableScan.Read(pagemap, ref at, first + memory.Size, leavesOutFiles, regions);
            if (count < 0)
                return null;
            foreach (var region in regions.AsSpan(0, count))
                ranges.Add(new(region.Start - first, region.End - first));
        }
        return ranges;
    }

    private static IEnumerable<PageRange> ReadEntries(SafeFileHandle pagemap, GuestMemory memory, bool leavesOutFiles)
    {
        var entries = new ulong[Math.Min(MostEntries, (int)Math.Min(memory.Size / PageSize, int.MaxValue))];
        var first = (ulong)memory.Mapping.Address / PageSize;
        var ignored = leavesOutFiles ? OfFile : 0;
        for (ulong page = 0; page < memory.Size / PageSize; page += (ulong)entries.Length)
        {
            var wanted = entries.AsMemory(0, (int)Math.Min((ulong)entries.Length, memory.Size / PageSize - page));
            var isTold = TryRead(pagemap, (first + page) * sizeof(ulong), wanted.Span);
            for (var i = 0; i < wanted.Length; i++)
            {
                var start = (page + (ulong)i) * PageSize;
                if (!isTold || ((entries[i] & PresentOrSwapped) != 0 && (entries[i] & ignored) == 0))
                    yield return new(start, start + PageSize);
            }
        }
    }

    // Of memory that is a file: other processes may have written what this one has never touched. The file may go with the object, and a VM
    // has the memory still.
    private static IEnumerable<PageRange> InFile(GuestMemory memory) => SparseFile.Data(memory.File, memory.FileOffset, memory.Size);

    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool TryRead(SafeFileHandle file, ulong offset, Span<ulong> entries)
    {
        var bytes = MemoryMarshal.AsBytes(entries);
        try
        {
            while (bytes.Length > 0 && RandomAccess.Read(file, bytes, (long)offset) is > 0 and var read)
            {
                offset += (ulong)read;
                bytes = bytes[read..];
            }
        }
        catch (IOException)
        {
            return false;
        }
        return bytes.Length == 0;
    }
}
