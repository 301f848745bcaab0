using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>
/// A VM's memory by guest physical address, across its memory slots. An access that meets a hole throws and has no effect.
/// May be used from any thread, also while slots come and go, and after the VM was disposed of for as long as a vCPU keeps it.
/// </summary>
/// <remarks>
/// Slots of other address spaces than 0 (SMRAM) are not seen here, and read-only slots are written like others: read-only is
/// meant for the guest. An aligned access of 1, 2, 4 or 8 bytes is one access; anything larger may be torn.
/// </remarks>
public sealed unsafe partial class GuestPhysicalMemory
{
    private readonly MemorySlotTable _slots;

    internal GuestPhysicalMemory(MemorySlotTable slots) => _slots = slots;

    internal MemorySlotTable Slots => _slots;

    /// <summary>
    /// Memory at a guest physical address that no VM has: devices can be driven and tested with it where there is no KVM.
    /// </summary>
    /// <param name="guestPhysicalAddress">Where it begins: a multiple of the page size. All other addresses are a hole.</param>
    /// <param name="memory">The memory. It is released when it was disposed of and nothing refers to the result any more.</param>
    /// <exception cref="ArgumentException">The address is not a multiple of the page size, or the memory has no room there.</exception>
    /// <exception cref="ObjectDisposedException">The memory was disposed of.</exception>
    public static GuestPhysicalMemory WithoutVm(ulong guestPhysicalAddress, GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        return new(new MemorySlotTable(guestPhysicalAddress, memory));
    }

    /// <summary>Reads a value, at any alignment.</summary>
    /// <param name="guestPhysicalAddress">Where it begins.</param>
    /// <exception cref="GuestMemoryException">Part of it lies in a hole.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public T Read<T>(ulong guestPhysicalAddress)
        where T : unmanaged
    {
        var range = MemorySlotTable.Find(_slots.Ordinary, guestPhysicalAddress);
        if (range is not null && range.Contains(guestPhysicalAddress, sizeof(T)))
        {
            try
            {
                return range.Memory.ReadMapped<T>(guestPhysicalAddress - range.Start);
            }
            catch (ObjectDisposedException)
            {
                // Unmapped and released after it was found.
            }
        }
        Unsafe.SkipInit(out T value); // Filled as a whole, or it throws.
        ReadAcross(guestPhysicalAddress, MemoryMarshal.AsBytes(new Span<T>(ref value)));
        return value;
    }

    /// <summary>Writes a value, at any alignment.</summary>
    /// <param name="guestPhysicalAddress">Where it begins.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="GuestMemoryException">Part of it lies in a hole; nothing was written.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public void Write<T>(ulong guestPhysicalAddress, T value)
        where T : unmanaged
    {
        var range = MemorySlotTable.Find(_slots.Ordinary, guestPhysicalAddress);
        if (range is not null && range.Contains(guestPhysicalAddress, sizeof(T)))
        {
            try
            {
                range.Memory.WriteMapped(guestPhysicalAddress - range.Start, value);
                return;
            }
            catch (ObjectDisposedException)
            {
                // As for Read.
            }
        }
        WriteAcross(guestPhysicalAddress, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
    }

    /// <summary>Copies bytes out of guest memory.</summary>
    /// <param name="guestPhysicalAddress">Where they begin.</param>
    /// <param name="destination">Receives them; its length says how many.</param>
    /// <exception cref="GuestMemoryException">Some of them lie in a hole.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public void Read(ulong guestPhysicalAddress, Span<byte> destination)
    {
        var range = MemorySlotTable.Find(_slots.Ordinary, guestPhysicalAddress);
        if (range is not null && range.Contains(guestPhysicalAddress, destination.Length))
        {
            try
            {
                range.Memory.ReadMapped(guestPhysicalAddress - range.Start, destination);
                return;
            }
            catch (ObjectDisposedException)
            {
                // As for a value.
            }
        }
        ReadAcross(guestPhysicalAddress, destination);
    }

    /// <summary>Copies bytes into guest memory.</summary>
    /// <param name="guestPhysicalAddress">Where they go.</param>
    /// <param name="source">The bytes.</param>
    /// <exception cref="GuestMemoryException">Some of them would fall into a hole; nothing was written.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public void Write(ulong guestPhysicalAddress, ReadOnlySpan<byte> source)
    {
        var range = MemorySlotTable.Find(_slots.Ordinary, guestPhysicalAddress);
        if (range is not null && range.Contains(guestPhysicalAddress, source.Length))
        {
            try
            {
                range.Memory.WriteMapped(guestPhysicalAddress - range.Start, source);
                return;
            }
            catch (ObjectDisposedException)
            {
                // As for a value.
            }
        }
        WriteAcross(guestPhysicalAddress, source);
    }

    /// <summary>
    /// Gives direct access to guest memory, without a copy, if the range lies within one slot. The span must not be used after
    /// the slot was unmapped or the VM was disposed of; it lives as long as one of <see cref="GuestMemory.Span"/>.
    /// </summary>
    /// <param name="guestPhysicalAddress">Where the range begins.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="span">The range, if the result is true.</param>
    /// <returns>
    /// False if the range crosses the end of a slot, for which there is <see cref="GetSpans"/>, or lies in a hole.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public bool TryGetSpan(ulong guestPhysicalAddress, int length, out Span<byte> span)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var range = MemorySlotTable.Find(_slots.Ordinary, guestPhysicalAddress);
        if (range is null || !range.Contains(guestPhysicalAddress, length))
        {
            span = default;
            return false;
        }
        span = range.LendSpan(guestPhysicalAddress, length);
        return true;
    }

    /// <summary>
    /// Gives direct access to guest memory, without a copy, by a span for each slot that the range lies in. The spans must not
    /// be used after a slot was unmapped or the VM is gone. Nothing is allocated.
    /// </summary>
    /// <param name="guestPhysicalAddress">Where the range begins.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <exception cref="GuestMemoryException">Part of it lies in a hole.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public GuestMemorySpans GetSpans(ulong guestPhysicalAddress, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var ranges = _slots.Ordinary;
        RequireBacked(ranges, guestPhysicalAddress, length);
        return new GuestMemorySpans(ranges, guestPhysicalAddress, length);
    }

    // Slots that nobody can unmap meanwhile, so that all of the bytes are copied or none.

    private void ReadAcross(ulong guestPhysicalAddress, Span<byte> destination)
    {
        using var held = _slots.HoldStill();
        var ranges = _slots.Ordinary;
        RequireBacked(ranges, guestPhysicalAddress, destination.Length);
        while (!destination.IsEmpty)
        {
            var part = PartAt(ranges, guestPhysicalAddress, destination.Length);
            part.CopyTo(destination);
            destination = destination[part.Length..];
            guestPhysicalAddress += (ulong)part.Length;
        }
    }

    private void WriteAcross(ulong guestPhysicalAddress, ReadOnlySpan<byte> source)
    {
        using var held = _slots.HoldStill();
        var ranges = _slots.Ordinary;
        RequireBacked(ranges, guestPhysicalAddress, source.Length);
        while (!source.IsEmpty)
        {
            var part = PartAt(ranges, guestPhysicalAddress, source.Length);
            source[..part.Length].CopyTo(part);
            source = source[part.Length..];
            guestPhysicalAddress += (ulong)part.Length;
        }
    }

    // That there is no hole was checked.
    private static Span<byte> PartAt(MemoryRange[] ranges, ulong guestPhysicalAddress, int wanted)
    {
        var range = MemorySlotTable.Find(ranges, guestPhysicalAddress)!;
        return range.GetSpan(guestPhysicalAddress, range.BytesFrom(guestPhysicalAddress, wanted));
    }

    // Before anything is copied: an access is done as a whole or not at all.
    private static void RequireBacked(MemoryRange[] ranges, ulong guestPhysicalAddress, int length)
    {
        // No slot reaches the top of the address space, so this meets a hole before the address could wrap.
        var address = guestPhysicalAddress;
        for (var left = length; left > 0; )
        {
            var range = MemorySlotTable.Find(ranges, address) ?? throw new GuestMemoryException(guestPhysicalAddress, length, address);
            var backed = range.BytesFrom(address, left);
            left -= backed;
            address += (ulong)backed;
        }
    }
}
