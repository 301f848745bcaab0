using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

// Guest memory that is a file.
public sealed unsafe partial class GuestMemory
{
    /// <summary>
    /// The file behind the memory, to be handed to another process (a vhost-user back end, for example) or mapped a second time;
    /// null for memory of <see cref="Allocate"/>. It belongs to this memory and is closed by <see cref="Dispose"/>.
    /// </summary>
    public SafeFileHandle? File { get; }

    /// <summary>Where in <see cref="File"/> the memory begins, in bytes.</summary>
    public ulong FileOffset { get; private init; }

    /// <summary>
    /// Allocates zeroed memory that can be shared with other processes, by its <see cref="File"/>. Nobody can change the file's
    /// size, which would be fatal to those who use the memory. Source: memfd_create(2).
    /// </summary>
    /// <param name="size">Size in bytes: not 0, and a multiple of the page size.</param>
    /// <param name="pageSize">Size of the host's pages behind it, as in <see cref="Allocate"/>.</param>
    /// <param name="name">What <c>/proc/PID/maps</c> shows as <c>memfd:</c>name; at most 249 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The size is 0 or not a multiple of the page size, or that is not a power of 2.
    /// </exception>
    /// <exception cref="KvmException">The host refused it, for example for lack of huge pages; the message has the remedy.</exception>
    public static GuestMemory AllocateShared(ulong size, ulong pageSize = PageSize, string name = "guest-memory")
    {
        ArgumentNullException.ThrowIfNull(name);
        RequirePages(size, pageSize);
        var isHuge = pageSize != PageSize;
        var pages = isHuge ? Libc.MFD_HUGETLB | (uint)HugePages.SizeFlag(pageSize) : 0;

        var file = new SafeFileHandle(); // The object first, so that no descriptor is ever without owner.
        try
        {
            var descriptor = Libc.CreateMemoryFile(name, Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING | pages);
            if (descriptor < 0)
                throw Refusal("memfd_create", size, pageSize);
            Marshal.InitHandle(file, descriptor);
            if (Libc.SetLength(descriptor, size) < 0)
                throw Refusal("ftruncate", size, pageSize);
            if (Libc.Seal(descriptor, Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_SEAL) < 0)
                throw Refusal("fcntl", size, pageSize);
            // The reservation is for huge pages, see Allocate.
            return Map(
                size,
                pageSize,
                Libc.MAP_SHARED | (isHuge ? 0 : Libc.MAP_NORESERVE),
                file,
                offset: 0,
                GuestMemoryBacking.SharedMemory
            );
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Maps a file: a disk or memory image, or with <see cref="GuestFileMapping.CopyOnWrite"/> and the slot flag Readonly a ROM.
    /// </summary>
    /// <remarks>
    /// The rest of the last page, where the file does not fill it, is zero and goes nowhere. The file must not be made shorter:
    /// to touch a page beyond its end kills the process.
    /// </remarks>
    /// <param name="path">The file; it must be writable if it is to be shared.</param>
    /// <param name="mapping">Whether writes go to the file.</param>
    /// <param name="offset">Where the memory begins in the file, in bytes; a multiple of the page size.</param>
    /// <param name="size">Size in bytes, a multiple of the page size; all that follows, up to a whole page, if not given.</param>
    /// <exception cref="ArgumentException">The range does not lie within the file or is not one of whole pages.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be opened for what is wanted.</exception>
    /// <exception cref="KvmException">The file cannot be mapped.</exception>
    public static GuestMemory MapFile(string path, GuestFileMapping mapping, ulong offset = 0, ulong? size = null)
    {
        var access = mapping == GuestFileMapping.Shared ? FileAccess.ReadWrite : FileAccess.Read;
        var file = System.IO.File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
        return MapOwned(file, mapping, offset, size);
    }

    /// <summary>Maps an open file, which may also be the <see cref="File"/> of other memory or a guest_memfd that can be mapped.</summary>
    /// <remarks>As for a path. The caller keeps its descriptor; the memory has one of its own.</remarks>
    /// <param name="file">The file, open for reading and, if it is to be shared, for writing.</param>
    /// <param name="mapping">Whether writes go to the file.</param>
    /// <param name="offset">Where the memory begins in the file, in bytes; a multiple of the page size.</param>
    /// <param name="size">Size in bytes, a multiple of the page size; all that follows, up to a whole page, if not given.</param>
    /// <exception cref="ArgumentException">The range does not lie within the file or is not one of whole pages.</exception>
    /// <exception cref="KvmException">The file cannot be mapped: EACCES if it is not open for what is wanted.</exception>
    public static GuestMemory MapFile(SafeFileHandle file, GuestFileMapping mapping, ulong offset = 0, ulong? size = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        return MapOwned(DescriptorCopy.Of(file), mapping, offset, size);
    }

    private static GuestMemory MapOwned(SafeFileHandle file, GuestFileMapping mapping, ulong offset, ulong? size)
    {
        try
        {
            if (mapping is not (GuestFileMapping.Shared or GuestFileMapping.CopyOnWrite))
                throw new ArgumentOutOfRangeException(nameof(mapping), mapping, "A file is mapped Shared or CopyOnWrite.");
            using var held = new HeldDescriptor(file);
            var pageSize = Libc.PageSizeOf(held.Number);
            var whole = SizeWithin(Libc.LengthOf(held.Number), pageSize, offset, size);
            var reservation = pageSize == PageSize ? Libc.MAP_NORESERVE : 0;
            var backing = mapping == GuestFileMapping.Shared ? GuestMemoryBacking.File : GuestMemoryBacking.CopyOfFile;
            return Map(whole, pageSize, (int)mapping | reservation, file, offset, backing);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // Beyond the last page that the file has a part of, an access would be fatal.
    private static ulong SizeWithin(ulong length, ulong pageSize, ulong offset, ulong? size)
    {
        if (offset % pageSize != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset),
                offset,
                $"Files are mapped by pages: begin at a multiple of {pageSize} bytes."
            );
        }
        if (offset >= length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset),
                offset,
                $"The file has {length} bytes, and nothing at offset 0x{offset:X} that could be mapped."
            );
        }
        var rest = length - offset;
        var available = rest + (pageSize - rest % pageSize) % pageSize;
        if (size is not { } wanted)
            return available;
        RequirePages(wanted, pageSize);
        return wanted <= available
            ? wanted
            : throw new ArgumentOutOfRangeException(
                nameof(size),
                wanted,
                $"The file has {rest} bytes from offset 0x{offset:X} on: make it larger, or map no more than {available}."
            );
    }
}
