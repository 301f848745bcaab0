using System;

namespace VmcsGen.Kvm;

/// <summary>Page tables for guests that begin in 64-bit mode. Source: SDM 3A 4.5.</summary>
public static class GuestPageTables
{
    private const ulong PageSize = 0x1000;
    private const ulong LargePageSize = 0x20_0000;
    private const ulong EntriesPerTable = 512;
    private const ulong Gigabyte = LargePageSize * EntriesPerTable;

    // Present, writable, for CPL 3 too; and for the last level that it is a page of 2 MiB.
    private const ulong Table = 0x7;
    private const ulong LargePage = 0x87;

    /// <summary>How many bytes of guest memory the tables of <see cref="WriteIdentityMap"/> take.</summary>
    /// <param name="size">How much is mapped, in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is 0 or more than 512 GiB.</exception>
    public static ulong SizeOfIdentityMap(ulong size) => (2 + DirectoriesFor(size)) * PageSize;

    /// <summary>
    /// Writes tables of 4 levels that map linear addresses from 0 on to the same physical ones, in pages of 2 MiB that all
    /// privilege levels may read, write and execute.
    /// </summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="address">Where the tables go: a multiple of 4096, of <see cref="SizeOfIdentityMap"/> bytes.</param>
    /// <param name="size">How much is mapped, in bytes, at most 512 GiB; what lies in the last page of 2 MiB is mapped too.</param>
    /// <returns>The guest physical address of the PML4 table, which is <paramref name="address"/>: for CR3.</returns>
    /// <exception cref="ArgumentException">The address is not a multiple of 4096.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The size is 0 or more than 512 GiB.</exception>
    /// <exception cref="GuestMemoryException">There is no memory for the tables.</exception>
    public static ulong WriteIdentityMap(GuestPhysicalMemory memory, ulong address, ulong size)
    {
        ArgumentNullException.ThrowIfNull(memory);
        if (address % PageSize != 0)
            throw new ArgumentException($"Page tables begin at a multiple of {PageSize}, and 0x{address:X} is not one.", nameof(address));
        var directories = DirectoriesFor(size);
        var pages = (size - 1) / LargePageSize + 1;
        var entries = new ulong[EntriesPerTable];

        entries[0] = (address + PageSize) | Table;
        WriteTable(memory, address, entries);
        Array.Clear(entries);
        for (ulong i = 0; i < directories; i++)
            entries[i] = (address + (2 + i) * PageSize) | Table;
        WriteTable(memory, address + PageSize, entries);
        for (ulong directory = 0; directory < directories; directory++)
        {
            for (ulong i = 0; i < EntriesPerTable; i++)
            {
                var page = directory * EntriesPerTable + i;
                entries[i] = page < pages ? page * LargePageSize | LargePage : 0;
            }
            WriteTable(memory, address + (2 + directory) * PageSize, entries);
        }
        return address;
    }

    private static ulong DirectoriesFor(ulong size)
    {
        ArgumentOutOfRangeException.ThrowIfZero(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Gigabyte * EntriesPerTable);
        return (size - 1) / Gigabyte + 1;
    }

    private static void WriteTable(GuestPhysicalMemory memory, ulong address, ulong[] entries) =>
        memory.Write(address, System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(entries));
}
