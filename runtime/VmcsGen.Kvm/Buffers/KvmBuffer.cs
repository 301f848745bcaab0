using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// A KVM struct that ends in an array, with room for a fixed number of entries: the argument of ioctls such as
/// KVM_SET_CPUID2. KVM never writes beyond the room, for the count is checked before each ioctl.
/// </summary>
/// <typeparam name="THeader">The struct without its entries.</typeparam>
/// <typeparam name="TEntry">Type of an entry.</typeparam>
/// <remarks>Pinned memory of the garbage collector: there is nothing to dispose of.</remarks>
public sealed unsafe class KvmBuffer<THeader, TEntry>
    where THeader : unmanaged, IKvmFlexible<TEntry>
    where TEntry : unmanaged
{
    // In words, because KVM structs want an alignment of up to 8 bytes.
    private readonly ulong[] _storage;

    /// <summary>Creates a buffer of zeroed entries, all of them counted.</summary>
    /// <param name="capacity">Number of entries.</param>
    public KvmBuffer(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        long size = Math.Max(sizeof(THeader), THeader.EntriesOffset + (long)capacity * sizeof(TEntry));
        _storage = GC.AllocateArray<ulong>(checked((int)((size + sizeof(ulong) - 1) / sizeof(ulong))), pinned: true);
        Capacity = capacity;
        if (THeader.HasCount)
            Header.Count = (ulong)capacity;
    }

    /// <summary>Creates a buffer that holds just these entries.</summary>
    /// <param name="entries">The entries, which are copied.</param>
    public KvmBuffer(ReadOnlySpan<TEntry> entries)
        : this(entries.Length) => entries.CopyTo(Room);

    /// <summary>The struct without its entries.</summary>
    public ref THeader Header => ref Unsafe.As<ulong, THeader>(ref _storage[0]);

    /// <summary>Number of entries there is room for.</summary>
    public int Capacity { get; }

    /// <summary>
    /// The header's count of entries, <see cref="Capacity"/> if it has none. After an ioctl failed with
    /// <see cref="Errno.E2BIG"/> it may be larger than the capacity: some tell so how much room is needed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">More than the capacity was set.</exception>
    /// <exception cref="InvalidOperationException">It was set, and the header has no count.</exception>
    public int Count
    {
        get => THeader.HasCount ? (int)Math.Min(Header.Count, int.MaxValue) : Capacity;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Capacity);
            if (!THeader.HasCount)
            {
                throw new InvalidOperationException(
                    $"{typeof(THeader).Name} does not count its entries; this buffer always has {Capacity}."
                );
            }
            Header.Count = (ulong)value;
        }
    }

    /// <summary>The entries that are counted.</summary>
    public Span<TEntry> Entries => Room[..Math.Min(Count, Capacity)];

    /// <summary>
    /// The address to give to an ioctl. It is good while the buffer is alive: call <see cref="GC.KeepAlive(object?)"/> after the ioctl.
    /// </summary>
    /// <exception cref="InvalidOperationException">The header counts more entries than there is room for.</exception>
    public void* UnsafePointer
    {
        get
        {
            if (Count > Capacity)
            {
                throw new InvalidOperationException(
                    $"{typeof(THeader).Name} counts {Header.Count} entries, and the buffer has room for {Capacity}. Make a larger buffer."
                );
            }
            return Unsafe.AsPointer(ref _storage[0]);
        }
    }

    private Span<TEntry> Room =>
        MemoryMarshal.CreateSpan(
            ref Unsafe.As<byte, TEntry>(ref Unsafe.AddByteOffset(ref Unsafe.As<ulong, byte>(ref _storage[0]), THeader.EntriesOffset)),
            Capacity
        );
}
