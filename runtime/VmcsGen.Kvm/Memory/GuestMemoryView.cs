using System;
using System.Runtime.CompilerServices;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// A range of guest memory that is kept for as long as this object is referred to: for devices, such as the rings of virtio, whose
/// accesses then cost no more than their bounds check. May be used from several threads.
/// </summary>
/// <remarks>
/// The memory is released when all views of it were forgotten and collected, even if it was disposed of before. If a view was found
/// by guest physical address, it goes on with the same memory when the slot is moved or unmapped.
/// Atomic accesses are those of .NET: an aligned value of 1, 2, 4 or 8 bytes, which the guest's atomic instructions see as one.
/// </remarks>
public sealed unsafe class GuestMemoryView
{
    private readonly MappingHandle _mapping;
    private readonly byte* _start;

    internal GuestMemoryView(MappingHandle mapping, ulong offset, ulong length)
    {
        Length = length;
        _mapping = mapping;
        try
        {
            bool held = false;
            mapping.DangerousAddRef(ref held);
            _start = (byte*)mapping.Address + offset;
        }
        catch
        {
            GC.SuppressFinalize(this); // There is nothing to give up.
            throw;
        }
    }

    /// <summary>Gives up the memory.</summary>
    ~GuestMemoryView() => _mapping.DangerousRelease();

    /// <summary>Number of bytes.</summary>
    public ulong Length { get; }

    /// <summary>Reads a value, at any alignment.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of this view.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the view.</exception>
    public T Read<T>(ulong offset)
        where T : unmanaged
    {
        T value = Unsafe.ReadUnaligned<T>(At(offset, sizeof(T)));
        GC.KeepAlive(this);
        return value;
    }

    /// <summary>Writes a value, at any alignment.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of this view.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the view.</exception>
    public void Write<T>(ulong offset, T value)
        where T : unmanaged
    {
        Unsafe.WriteUnaligned(At(offset, sizeof(T)), value);
        GC.KeepAlive(this);
    }

    /// <summary>Copies bytes out.</summary>
    /// <param name="offset">Where they begin, in bytes from the start of this view.</param>
    /// <param name="destination">Receives them; its length says how many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie within the view.</exception>
    public void Read(ulong offset, Span<byte> destination)
    {
        new ReadOnlySpan<byte>(At(offset, destination.Length), destination.Length).CopyTo(destination);
        GC.KeepAlive(this);
    }

    /// <summary>Copies bytes in.</summary>
    /// <param name="offset">Where they go, in bytes from the start of this view.</param>
    /// <param name="source">The bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit there.</exception>
    public void Write(ulong offset, ReadOnlySpan<byte> source)
    {
        source.CopyTo(new Span<byte>(At(offset, source.Length), source.Length));
        GC.KeepAlive(this);
    }

    /// <summary>Reads a value before everything that follows: what its writer wrote before it is seen then.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of this view.</param>
    /// <exception cref="ArgumentException">It is not aligned, or has not 1, 2, 4 or 8 bytes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the view.</exception>
    public T ReadAcquire<T>(ulong offset)
        where T : unmanaged
    {
        T value = AtomicAccess.ReadAcquire<T>(At(offset, sizeof(T)));
        GC.KeepAlive(this);
        return value;
    }

    /// <summary>Writes a value after everything that comes before: whoever reads it then sees that too.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of this view.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">It is not aligned, or has not 1, 2, 4 or 8 bytes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the view.</exception>
    public void WriteRelease<T>(ulong offset, T value)
        where T : unmanaged
    {
        AtomicAccess.WriteRelease(At(offset, sizeof(T)), value);
        GC.KeepAlive(this);
    }

    /// <summary>Writes a value if there is an expected one, in one step that is also a full fence.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of this view.</param>
    /// <param name="value">The value.</param>
    /// <param name="expected">What must be there for it to be written.</param>
    /// <returns>What was there.</returns>
    /// <exception cref="ArgumentException">It is not aligned, or has not 1, 2, 4 or 8 bytes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the view.</exception>
    public T CompareExchange<T>(ulong offset, T value, T expected)
        where T : unmanaged
    {
        T before = AtomicAccess.CompareExchange(At(offset, sizeof(T)), value, expected);
        GC.KeepAlive(this);
        return before;
    }

    private byte* At(ulong offset, int length)
    {
        // offset + length could wrap; Length - length cannot once length <= Length is known.
        if ((ulong)length > Length || offset > Length - (ulong)length)
            ThrowOutOfRange(offset, length);
        return _start + offset;
    }

    private void ThrowOutOfRange(ulong offset, int length) =>
        throw new ArgumentOutOfRangeException(
            nameof(offset),
            offset,
            $"{length} bytes at offset 0x{offset:X} do not lie within a view of 0x{Length:X} bytes."
        );
}
