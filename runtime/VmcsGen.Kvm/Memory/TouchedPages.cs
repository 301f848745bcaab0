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

    // A page is in memory, or swapped out. Source: Documentation/admin-guide/mm/pagemap.rst.
    private const ulong PresentOrSwapped = 3ul << 62;

    // A page of a file, or of shared memory, and not one of this process. Source: as above.
    private const ulong OfFile = 1ul << 61;

    /// <summary>The pages in ascending order; all, where the host does not tell.</summary>
    internal static IEnumerable<PageRange> Of(GuestMemory memory) =>
        MissingPages.AreSupplied(memory.Mapping.Address, memory.Mapping.Length)
            ? [new(0, memory.Size)]
            : memory.Backing switch
            {
                GuestMemoryBacking.Private => InPageTables(memory, ignored: 0),
                GuestMemoryBacking.SharedMemory or GuestMemoryBacking.File => InFile(memory),
                GuestMemoryBacking.Saved => memory.Origin!.With(InPageTables(memory, OfFile)),
                _ => new SavedPages(memory.Size, InFile(memory).Select(static range => new PageExtent(range, null, 0))).With(
                    InPageTables(memory, OfFile)
                ),
            };

    /// <summary>The pages of memory that was made of saved contents, or of a file, that were written since; others too, perhaps.</summary>
    internal static IEnumerable<PageRange> WrittenSince(GuestMemory memory) => InPageTables(memory, OfFile);

    // Of private memory: a page that is not in the page tables was never touched.
    private static IEnumerable<PageRange> InPageTables(GuestMemory memory, ulong ignored)
    {
        using var pagemap = TryOpen("/proc/self/pagemap");
        if (pagemap is null)
        {
            yield return new(0, memory.Size);
            yield break;
        }
        var entries = new ulong[Math.Min(MostEntries, (int)Math.Min(memory.Size / PageSize, int.MaxValue))];
        var first = (ulong)memory.Mapping.Address / PageSize;
        PageRange? open = null;
        for (ulong page = 0; page < memory.Size / PageSize; page += (ulong)entries.Length)
        {
            var wanted = entries.AsMemory(0, (int)Math.Min((ulong)entries.Length, memory.Size / PageSize - page));
            var isTold = TryRead(pagemap, (first + page) * sizeof(ulong), wanted.Span);
            for (var i = 0; i < wanted.Length; i++)
            {
                var start = (page + (ulong)i) * PageSize;
                if (isTold && ((entries[i] & PresentOrSwapped) == 0 || (entries[i] & ignored) != 0))
                    continue;
                if (open is { } range && range.End == start)
                {
                    open = range with { End = start + PageSize };
                    continue;
                }
                if (open is { } whole)
                    yield return whole;
                open = new(start, start + PageSize);
            }
        }
        if (open is { } last)
            yield return last;
    }

    // Of memory that is a file: other processes may have written what this one has never touched.
    private static IEnumerable<PageRange> InFile(GuestMemory memory)
    {
        ulong at = 0;
        while (at < memory.Size && FindData(memory, at) is { } range && range.Start < memory.Size)
        {
            yield return range;
            at = range.End;
        }
    }

    private static PageRange? FindData(GuestMemory memory, ulong from)
    {
        try
        {
            using var held = new HeldDescriptor(memory.File);
            var start = Libc.Seek(held.Number, (long)(memory.FileOffset + from), Libc.SEEK_DATA);
            if (start < 0)
                return Libc.LastErrno == Errno.ENXIO ? null : new(from, memory.Size);
            var end = Libc.Seek(held.Number, start, Libc.SEEK_HOLE);
            return PagesOf(memory, (ulong)start, end < 0 ? memory.FileOffset + memory.Size : (ulong)end);
        }
        catch (ObjectDisposedException)
        {
            // The file went with the object; a VM has the memory still.
            return new(from, memory.Size);
        }
    }

    // The last page of a file need not be a whole one, and the file may go on behind the memory.
    private static PageRange PagesOf(GuestMemory memory, ulong start, ulong end) =>
        new(
            (start - memory.FileOffset) / PageSize * PageSize,
            Math.Min(memory.Size, (end - memory.FileOffset + PageSize - 1) / PageSize * PageSize)
        );

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
