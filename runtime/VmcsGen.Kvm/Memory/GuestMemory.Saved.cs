using System;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

// Guest memory that begins with contents that were saved.
public sealed unsafe partial class GuestMemory
{
    private const int CopyOnWrite = Libc.MAP_PRIVATE | Libc.MAP_NORESERVE;

    /// <summary>What the memory held when it was made; null unless it was made of saved contents.</summary>
    internal SavedPages? Origin { get; private init; }

    /// <summary>Maps a place in a file. Writes go to copies of its pages.</summary>
    internal static GuestMemory MapSaved(SavedPages origin, PageFile file, ulong offset) =>
        new(MapRange(origin.Size, PageSize, CopyOnWrite, file.Handle, offset), file: null)
        {
            Backing = GuestMemoryBacking.Saved,
            Origin = origin,
        };

    /// <summary>Memory of zeros, into which the contents come after.</summary>
    internal static GuestMemory AllocateSaved(SavedPages origin) =>
        new(MapRange(origin.Size, PageSize, CopyOnWrite | Libc.MAP_ANONYMOUS, file: null, offset: 0), file: null)
        {
            Backing = GuestMemoryBacking.Saved,
            Origin = origin,
        };

    /// <summary>Maps a place in a file where a part of the memory is.</summary>
    internal void Replace(PageExtent extent)
    {
        var (address, length) = ((nint)extent.Pages.Start + Mapping.Address, (nuint)extent.Pages.Length);
        using var held = new HeldDescriptor(extent.File?.Handle);
        var flags = CopyOnWrite | Libc.MAP_FIXED | (extent.File is null ? Libc.MAP_ANONYMOUS : 0);
        if (Libc.Map(address, length, Libc.PROT_READ | Libc.PROT_WRITE, flags, held.Number, extent.FileOffset) == Libc.MapFailed)
            throw Refusal("mmap", extent.Pages.Length, PageSize);
    }

    /// <summary>Copies saved pages to where they belong.</summary>
    internal void FillMapped(PageExtent extent)
    {
        for (var done = 0ul; done < extent.Pages.Length; )
        {
            var length = (int)Math.Min(extent.Pages.Length - done, SavedPages.MostBytesAtOnce);
            using var part = new MappedSpan(this, extent.Pages.Start + done, length);
            extent.File!.Read(extent.FileOffset + done, part.Bytes);
            done += (ulong)length;
        }
    }

    /// <summary>Makes pages hold zeros. Those that do are only read.</summary>
    internal void ZeroMapped(ulong offset, ulong length)
    {
        for (var end = offset + length; offset < end; offset += PageSize)
        {
            using var page = new MappedSpan(this, offset, PageSize);
            if (page.Bytes.ContainsAnyExcept((byte)0))
                page.Bytes.Clear();
        }
    }

    /// <summary>A part of the memory that is kept until this is disposed of.</summary>
    internal ref struct MappedSpan : IDisposable
    {
        private readonly MappingHandle _mapping;
        private bool _held;

        internal MappedSpan(GuestMemory memory, ulong offset, int length)
        {
            memory.CheckRange(offset, length);
            _mapping = memory.Mapping;
            _mapping.DangerousAddRef(ref _held);
            Bytes = new((void*)(_mapping.Address + (nint)offset), length);
        }

        /// <summary>The memory itself.</summary>
        internal Span<byte> Bytes { get; }

        public void Dispose()
        {
            if (_held)
                _mapping.DangerousRelease();
            _held = false;
        }
    }
}
