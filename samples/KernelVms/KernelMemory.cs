using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KernelVms;

/// <summary>The memory of a dump as its kernel addresses it (SDM 3A 4.5, Linux Documentation/x86/x86_64/mm.rst).</summary>
internal sealed class KernelMemory
{
    // Where every kernel of x86-64 is linked to: __START_KERNEL_map.
    private const ulong KernelMap = 0xFFFF_FFFF_8000_0000;

    private const ulong Present = 1;
    private const ulong IsPage = 1 << 7;
    private const ulong Address = 0x000F_FFFF_FFFF_F000;

    private readonly MemoryDump _dump;
    private readonly ulong _root;
    private readonly int _levels;

    public KernelMemory(MemoryDump dump)
    {
        _dump = dump;
        // The kernel's own table, and not CR3: a processor may have been inside a guest, whose tables CR3 names then.
        _root = unchecked(dump.Info.Symbol("swapper_pg_dir") - KernelMap + (ulong)dump.Info.Number("phys_base"));
        _levels = dump.Info.Number("pgtable_l5_enabled") == 0 ? 4 : 5;
        if (dump.Info.Number("sme_mask") != 0)
            throw new DumpException("the machine's memory was encrypted (SME), and so it is in the dump.");
    }

    /// <summary>Copies a struct out of the dump.</summary>
    /// <param name="address">Where it lies.</param>
    /// <param name="what">What it is, for messages.</param>
    public KernelObject<T> Read<T>(ulong address, string what)
        where T : unmanaged
    {
        var bytes = new byte[Unsafe.SizeOf<T>()];
        try
        {
            Read(address, bytes);
        }
        catch (DumpException e)
        {
            throw new DumpException($"{what} at 0x{address:X} cannot be read: {e.Message}");
        }
        return new(address, bytes);
    }

    private void Read(ulong address, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var count = (int)Math.Min((ulong)destination.Length, MemoryDump.PageSize - (address % MemoryDump.PageSize));
            _dump.Read(Translate(address), destination[..count]);
            destination = destination[count..];
            address = unchecked(address + (ulong)count);
        }
    }

    private ulong Translate(ulong address)
    {
        Span<ulong> entry = stackalloc ulong[1];
        var table = _root;
        for (var level = _levels; level > 0; level--)
        {
            var shift = 3 + (level * 9);
            _dump.Read(unchecked(table + (((address >> shift) & 0x1FF) * 8)), MemoryMarshal.AsBytes(entry));
            if ((entry[0] & Present) == 0)
                throw new DumpException($"no page is mapped at 0x{address:X}.");
            var mask = (1UL << shift) - 1;
            if (level == 1 || (level <= 3 && (entry[0] & IsPage) != 0))
                return (entry[0] & Address & ~mask) | (address & mask);
            table = entry[0] & Address;
        }
        throw new DumpException($"no page is mapped at 0x{address:X}.");
    }
}
