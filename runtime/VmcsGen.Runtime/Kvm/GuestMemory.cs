using System;
using System.Runtime.CompilerServices;
using VmcsGen.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// Memory of this process to be mapped into VMs: page-aligned, zeroed, taken from the host only as it is touched. One memory
/// may be mapped several times and into several VMs. It is released when it was disposed of and no VM maps it any more.
/// </summary>
/// <remarks>
/// Guests and threads access it at the same time. An aligned access of 1, 2, 4 or 8 bytes is one access; anything larger
/// may be torn.
/// </remarks>
public sealed unsafe class GuestMemory : IDisposable
{
    /// <summary>The unit of size and alignment of guest memory, in bytes.</summary>
    public const int PageSize = (int)Libc.PageSize;

    private volatile bool _disposed;

    private GuestMemory(MappingHandle mapping) => Mapping = mapping;

    /// <summary>Size in bytes.</summary>
    public ulong Size => Mapping.Length;

    /// <summary>
    /// All of the memory. The span must not be used after the memory was disposed of and the last VM that maps it is gone.
    /// </summary>
    /// <exception cref="InvalidOperationException">The memory is larger than a span can be (2 GiB); use <see cref="GetSpan"/>.</exception>
    public Span<byte> Span => Size <= int.MaxValue
        ? GetSpan(0, (int)Size)
        : throw new InvalidOperationException(
            $"This guest memory has {Size} bytes, more than one span can cover. Use GetSpan for a part of it.");

    internal bool IsDisposed => _disposed;

    internal MappingHandle Mapping { get; }

    /// <summary>Allocates memory.</summary>
    /// <param name="size">Size in bytes: not 0, and a multiple of <see cref="PageSize"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is 0 or not a multiple of the page size.</exception>
    /// <exception cref="KvmException">The host has no address space for it.</exception>
    public static GuestMemory Allocate(ulong size)
    {
        if (size == 0 || size % PageSize != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(size), size, $"Guest memory comes in pages: give a multiple of {PageSize} bytes, not 0.");
        }

        var mapping = new MappingHandle();
        nint address = Libc.Map(
            0, (nuint)size, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE, -1);
        if (address == Libc.MapFailed)
            throw new KvmException("mmap", Libc.LastErrno, $"{size} bytes of guest memory");
        mapping.Adopt(address, (nuint)size);
        return new GuestMemory(mapping);
    }

    /// <summary>A part of the memory, valid as long as <see cref="Span"/> is.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of this memory.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the memory.</exception>
    public Span<byte> GetSpan(ulong offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        CheckRange(offset, length);
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
    }

    // The accesses below also serve a VM that maps this memory, which may go on after Dispose. Each holds a reference to the
    // mapping, so that it cannot be unmapped in the middle.

    internal T ReadMapped<T>(ulong offset)
        where T : unmanaged
    {
        CheckRange(offset, sizeof(T));
        bool added = false;
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
        bool added = false;
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
        bool added = false;
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
        bool added = false;
        try
        {
            Mapping.DangerousAddRef(ref added);
            source.CopyTo(new Span<byte>((void*)(Mapping.Address + (nint)offset), source.Length));
        }
        finally
        {
            if (added)
                Mapping.DangerousRelease();
        }
    }

    private void CheckRange(ulong offset, int length)
    {
        // offset + length could wrap; Size - length cannot once length <= Size is known.
        if (length < 0 || (ulong)length > Size || offset > Size - (ulong)length)
            ThrowOutOfRange(offset, length);
    }

    private void ThrowOutOfRange(ulong offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        throw new ArgumentOutOfRangeException(
            nameof(offset), offset, $"{length} bytes at offset 0x{offset:X} do not lie within guest memory of 0x{Size:X} bytes.");
    }
}
