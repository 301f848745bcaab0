using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// Memory of this process to be mapped into VMs: its own (<see cref="Allocate"/>), memory that other processes can map too
/// (<see cref="AllocateShared"/>), or a file (<see cref="MapFile(string, GuestFileMapping, ulong, ulong?)"/>). One memory may be
/// mapped several times and into several VMs. It is released when it was disposed of, or forgotten before a span of it was taken,
/// and no VM maps it any more.
/// </summary>
/// <remarks>
/// It begins at a page and is taken from the host only as it is touched, huge pages apart. Guests and threads access it at the
/// same time. An aligned access of 1, 2, 4 or 8 bytes is one access; anything larger may be torn.
/// </remarks>
[MustDispose]
public sealed unsafe partial class GuestMemory : IDisposable
{
    /// <summary>The unit of size and alignment of guest memory, in bytes.</summary>
    public const int PageSize = (int)Libc.PageSize;

    /// <summary>The usual size of huge pages on x86-64, 2 MiB. Where the processor can, there are pages of 1 GiB too.</summary>
    public const int HugePageSize = 0x20_0000;

    private const ulong MostAligned = 1UL << 47; // More than the address space of a process; what is larger is the kernel's to refuse.

    private volatile bool _disposed;

    private GuestMemory(MappingHandle mapping, SafeFileHandle? file)
    {
        Mapping = mapping;
        File = file;
    }

    /// <summary>Size in bytes.</summary>
    public ulong Size => Mapping.Length;

    /// <summary>
    /// All of the memory. The span must not be used after the memory was disposed of and the last VM that maps it is gone. A span
    /// does not keep the memory, so memory whose span was taken and that is then dropped stays for as long as the process lives:
    /// dispose of it, or use <see cref="CreateView"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The memory is larger than a span can be (2 GiB); use <see cref="GetSpan"/>.</exception>
    public Span<byte> Span =>
        Size <= int.MaxValue
            ? GetSpan(0, (int)Size)
            : throw new InvalidOperationException(
                $"This guest memory has {Size} bytes, more than one span can cover. Use GetSpan for a part of it."
            );

    internal bool IsDisposed => _disposed;

    internal MappingHandle Mapping { get; }

    internal GuestMemoryBacking Backing { get; private init; }

    /// <summary>
    /// The mapping, for ioctls of your own that are given its address (<see cref="SafeHandle.DangerousGetHandle"/>): while you hold a
    /// reference (<see cref="SafeHandle.DangerousAddRef"/>) the memory stays mapped, even if this object is disposed of.
    /// </summary>
    public SafeHandle Handle => Mapping;

    /// <summary>Allocates zeroed memory of this process.</summary>
    /// <param name="size">Size in bytes: not 0, and a multiple of the page size.</param>
    /// <param name="pageSize">
    /// Size of the host's pages behind it, such as <see cref="HugePageSize"/>. Huge pages are reserved by this call, and must
    /// have been set aside by the host's administrator; <see cref="GuestMemoryAdvice.HugePages"/> needs no such thing.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The size is 0 or not a multiple of the page size, or that is not a power of 2.
    /// </exception>
    /// <exception cref="KvmException">The host has no address space for it, or no such huge pages; the message has the remedy.</exception>
    public static GuestMemory Allocate(ulong size, ulong pageSize = PageSize)
    {
        RequirePages(size, pageSize);
        // Huge pages without a reservation could be missing when they are touched, and that kills the process with SIGBUS.
        var pages = pageSize == PageSize ? Libc.MAP_NORESERVE : Libc.MAP_HUGETLB | HugePages.SizeFlag(pageSize);
        return Map(size, pageSize, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | pages, file: null, offset: 0, GuestMemoryBacking.Private);
    }

    /// <summary>A part of the memory, valid as long as <see cref="Span"/> is.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of this memory.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the memory.</exception>
    public Span<byte> GetSpan(ulong offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        CheckRange(offset, length);
        Mapping.IsLent = true;
        return new Span<byte>((void*)(Mapping.Address + (nint)offset), length);
    }

    /// <summary>Reads a value, at any alignment.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of this memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the memory.</exception>
    public T Read<T>(ulong offset)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return ReadMapped<T>(offset);
    }

    /// <summary>Writes a value, at any alignment.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of this memory.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the memory.</exception>
    public void Write<T>(ulong offset, T value)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        WriteMapped(offset, value);
    }

    /// <summary>Copies bytes out of the memory.</summary>
    /// <param name="offset">Where they begin, in bytes from the start of this memory.</param>
    /// <param name="destination">Receives them; its length says how many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie within the memory.</exception>
    public void Read(ulong offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ReadMapped(offset, destination);
    }

    /// <summary>Copies bytes into the memory.</summary>
    /// <param name="offset">Where they go, in bytes from the start of this memory.</param>
    /// <param name="source">The bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit there.</exception>
    public void Write(ulong offset, ReadOnlySpan<byte> source)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        WriteMapped(offset, source);
    }

    /// <summary>Gives up the memory; it stays until no VM maps it any more.</summary>
    public void Dispose()
    {
        _disposed = true;
        Mapping.Dispose();
        File?.Dispose();
    }

    // The accesses below also serve a VM that maps this memory, which may go on after Dispose. Each holds a reference to the
    // mapping, so that it cannot be unmapped in the middle.

    internal T ReadMapped<T>(ulong offset)
        where T : unmanaged
    {
        CheckRange(offset, sizeof(T));
        var added = false;
        try
        {
            Mapping.DangerousAddRef(ref added);
            return Unsafe.ReadUnaligned<T>((void*)(Mapping.Address + (nint)offset));
        }
        finally
        {
            if (added)
                Mapping.DangerousRelease();
        }
    }

    internal void WriteMapped<T>(ulong offset, T value)
        where T : unmanaged
    {
        CheckRange(offset, sizeof(T));
        var added = false;
        try
        {
            Mapping.DangerousAddRef(ref added);
            Unsafe.WriteUnaligned((void*)(Mapping.Address + (nint)offset), value);
        }
        finally
        {
            if (added)
                Mapping.DangerousRelease();
        }
    }

    internal void ReadMapped(ulong offset, Span<byte> destination)
    {
        CheckRange(offset, destination.Length);
        var added = false;
        try
        {
            Mapping.DangerousAddRef(ref added);
            new ReadOnlySpan<byte>((void*)(Mapping.Address + (nint)offset), destination.Length).CopyTo(destination);
        }
        finally
        {
            if (added)
                Mapping.DangerousRelease();
        }
    }

    internal void WriteMapped(ulong offset, ReadOnlySpan<byte> source)
    {
        CheckRange(offset, source.Length);
        var added = false;
        try
        {
            Mapping.DangerousAddRef(ref added);
            var destination = (byte*)(Mapping.Address + (nint)offset);
            // A long copy of .NET's reads the first byte of where it goes. A huge page that is read before it is written becomes small
            // ones, so it is written first.
            if (source.Length >= PageSize)
                *destination = source[0];
            source.CopyTo(new Span<byte>(destination, source.Length));
        }
        finally
        {
            if (added)
                Mapping.DangerousRelease();
        }
    }

    /// <summary>Maps memory. The file, if there is one, belongs to the memory from then on.</summary>
    private static GuestMemory Map(ulong size, ulong pageSize, int flags, SafeFileHandle? file, ulong offset, GuestMemoryBacking backing) =>
        new(MapRange(size, pageSize, flags, file, offset), file) { FileOffset = offset, Backing = backing };

    private static MappingHandle MapRange(ulong size, ulong pageSize, int flags, SafeFileHandle? file, ulong offset)
    {
        var mapping = new MappingHandle();
        // KVM maps huge pages only where guest and host addresses agree in the bits below the size of one. Kernels before 6.7 put
        // memory of one's own anywhere.
        var mayBeHuge = file is null && pageSize == PageSize && size is >= HugePageSize and <= MostAligned;
        var slack = mayBeHuge ? HugePageSize - PageSize : 0;
        nint address;
        using (var held = new HeldDescriptor(file))
            address = Libc.Map(0, (nuint)size + (nuint)slack, Libc.PROT_READ | Libc.PROT_WRITE, flags, held.Number, offset);
        if (address == Libc.MapFailed)
            throw Refusal("mmap", size, pageSize);
        mapping.Adopt(mayBeHuge ? Trim(address, (nuint)size) : address, (nuint)size);
        return mapping;
    }

    /// <summary>Gives back what lies in front of the first address at which a huge page may begin, and what lies behind the size.</summary>
    private static nint Trim(nint address, nuint size)
    {
        var aligned = (address + HugePageSize - 1) & ~(nint)(HugePageSize - 1);
        var front = aligned - address;
        var back = HugePageSize - PageSize - front;
        // What the kernel does not take back is address space alone.
        if (front > 0)
            _ = Libc.Unmap(address, (nuint)front);
        if (back > 0)
            _ = Libc.Unmap(aligned + (nint)size, (nuint)back);
        return aligned;
    }

    private static KvmException Refusal(string call, ulong size, ulong pageSize)
    {
        var errno = Libc.LastErrno;
        var subject = $"{size} bytes of guest memory";
        return pageSize == PageSize || errno is Errno.EMFILE or Errno.ENFILE
            ? new KvmException(call, errno, subject)
            : new KvmException(call, errno, HugePages.RemedyFor(errno, size, pageSize), SystemCallException.Describe(call, errno, subject));
    }

    private static void RequirePages(ulong size, ulong pageSize)
    {
        FailurePath.Prepare();
        if (pageSize < PageSize || !BitOperations.IsPow2(pageSize))
        {
            throw new ArgumentOutOfRangeException(
                nameof(pageSize),
                pageSize,
                $"Pages have {PageSize} bytes or, where the host has huge pages, a larger power of 2."
            );
        }
        if (size == 0 || size % pageSize != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(size),
                size,
                $"Guest memory comes in pages: give a multiple of {pageSize} bytes, not 0."
            );
        }
    }

    private void CheckRange(ulong offset, int length)
    {
        // offset + length could wrap; Size - length cannot once length <= Size is known.
        if (length < 0 || (ulong)length > Size || offset > Size - (ulong)length)
            ThrowOutOfRange(offset, length);
        Supply?.Require(offset, (ulong)length);
    }

    private void ThrowOutOfRange(ulong offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        throw new ArgumentOutOfRangeException(
            nameof(offset),
            offset,
            $"{length} bytes at offset 0x{offset:X} do not lie within guest memory of 0x{Size:X} bytes."
        );
    }
}
