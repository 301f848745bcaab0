using System;
using System.Collections.Generic;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>A PC's memory: below 3 GiB, the rest above 4 GiB, with the hole for devices between, and the map of it.</summary>
[MustDispose]
public sealed class PcMemory : IDisposable
{
    /// <summary>Where the hole for devices begins.</summary>
    public const ulong HoleStart = 0xC000_0000;

    /// <summary>Where it ends.</summary>
    public const ulong HoleEnd = 0x1_0000_0000;

    private const ulong Smallest = 2UL << 20;

    private readonly GuestMemory _low;
    private readonly GuestMemory? _high;

    /// <summary>Allocates memory and maps it into a VM.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="size">Bytes: a multiple of 2 MiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not a multiple of 2 MiB, or 0.</exception>
    /// <exception cref="SystemCallException">There is not so much memory.</exception>
    public PcMemory(KvmVm vm, ulong size)
    {
        ArgumentNullException.ThrowIfNull(vm);
        if (size == 0 || size % Smallest != 0)
            throw new ArgumentOutOfRangeException(nameof(size), size, "A PC's memory is a multiple of 2 MiB.");
        Below4G = Math.Min(size, HoleStart);
        Above4G = size - Below4G;
        _low = GuestMemory.Allocate(Below4G);
        try
        {
            UseHugePages(_low);
            vm.MapMemory(0, _low);
            if (Above4G == 0)
                return;
            _high = GuestMemory.Allocate(Above4G);
            UseHugePages(_high);
            vm.MapMemory(HoleEnd, _high);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes below 4 GiB.</summary>
    public ulong Below4G { get; }

    /// <summary>Bytes above.</summary>
    public ulong Above4G { get; }

    /// <summary>The memory map, in the order of addresses.</summary>
    public IReadOnlyList<MemoryMapRange> Map
    {
        get
        {
            List<MemoryMapRange> map =
            [
                Range(0, BootLayout.ExtendedBiosData, MemoryKind.Usable),
                Range(BootLayout.ExtendedBiosData, BootLayout.ExtendedBiosDataEnd, MemoryKind.Reserved),
                Range(BootLayout.Acpi, BootLayout.AcpiEnd, MemoryKind.Reserved),
                Range(BootLayout.AcpiEnd, Below4G, MemoryKind.Usable),
            ];
            if (Above4G > 0)
                map.Add(Range(HoleEnd, HoleEnd + Above4G, MemoryKind.Usable));
            return map;
        }
    }

    /// <summary>Releases the memory. Dispose of the VM before.</summary>
    public void Dispose()
    {
        _low.Dispose();
        _high?.Dispose();
    }

    // A guest that begins touches memory everywhere, and each page is a VM exit.
    private static void UseHugePages(GuestMemory memory)
    {
        try
        {
            memory.Advise(GuestMemoryAdvice.HugePages);
        }
        catch (KvmException e) when (e.Errno == Errno.EINVAL)
        {
            // The host's kernel has none.
        }
    }

    private static MemoryMapRange Range(ulong start, ulong end, MemoryKind kind) => new(start, end - start, kind);
}
