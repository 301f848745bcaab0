using System;
using System.IO;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

public sealed unsafe partial class GuestMemory
{
    /// <summary>What supplies the pages; null unless the memory was allocated by <see cref="AllocateSupplied"/>.</summary>
    public MemorySupply? Supply { get; private init; }

    /// <summary>
    /// Allocates memory of this process whose pages come from somewhere else when they are first touched, so that a guest can run before
    /// its memory is here: restored from what is compressed, or moved from another host that sends what is asked for. Accesses by the
    /// library have the page supplied first, spans and views all that they cover. Code that knows the address alone must not touch
    /// the memory before <see cref="MemorySupply.SupplyAll"/>, but by system calls.
    /// </summary>
    /// <param name="size">Size in bytes: not 0, and a multiple of the page size.</param>
    /// <param name="source">Gives the pages. An error of its is an <see cref="IOException"/> of the access.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is 0 or not a multiple of the page size.</exception>
    /// <exception cref="KvmException">
    /// The host has no address space for it, or does not let this process serve page faults of the kernel (userfaultfd); the message has
    /// the remedy.
    /// </exception>
    public static GuestMemory AllocateSupplied(ulong size, IPageSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        RequirePages(size, PageSize);
        var mapping = MapRange(size, PageSize, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE, file: null, offset: 0);
        try
        {
            var supply = MemorySupply.Begin(mapping.Address, size, source);
            mapping.Ending = supply.End;
            return new(mapping, file: null) { Backing = GuestMemoryBacking.Private, Supply = supply };
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }
}
