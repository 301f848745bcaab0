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
public sealed unsafe class GuestPhysicalMemory
{
    private readonly MemorySlotTable _slots;

    internal GuestPhysicalMemory(MemorySlotTable slots) => _slots = slots;

    /// <summary>Reads a value, at any alignment.</summary>
    /// <param name="guestPhysicalAddress">Where it begins.</param>
    /// <exception cref="GuestMemoryException">Part of it lies in a hole.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public T Read<T>(ulong guestPhysicalAddress)
        where T : unmanaged
    {
        MemorySlot? slot = MemorySlotTable.Find(_slots.Ordinary, guestPhysicalAddress);
        if (slot is not null && slot.Contains(guestPhysicalAddress, sizeof(T)))
            return slot.Memory.ReadMapped<T>(guestPhysicalAddress - slot.GuestPhysicalAddress);

        Unsafe.SkipInit(out T value); // Read fills all of it or throws.
        Read(guestPhysicalAddress, MemoryMarshal.AsBytes(new Span<T>(ref value)));
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
        MemorySlot? slot = MemorySlotTable.Find(_slots.Ordinary, guestPhysicalAddress);
        if (slot is not null && slot.Contains(guestPhysicalAddress, sizeof(T)))
            slot.Memory.WriteMapped(guestPhysicalAddress - slot.GuestPhysicalAddress, value);
        else
            Write(guestPhysicalAddress, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
    }

    /// <summary>Copies bytes out of guest memory.</summary>
    /// <param name="guestPhysicalAddress">Where they begin.</param>
    /// <param name="destination">Receives them; its length says how many.</param>
    /// <exception cref="GuestMemoryException">Some of them lie in a hole.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public void Read(ulong guestPhysicalAddress, Span<byte> destination)
    {
        MemorySlot[] slots = _slots.Ordinary;
        RequireBacked(slots, guestPhysicalAddress, destination.Length);
        while (!destination.IsEmpty)
        {
            MemorySlot slot = MemorySlotTable.Find(slots, guestPhysicalAddress)!;
            int length = slot.BytesFrom(guestPhysicalAddress, destination.Length);
            slot.Memory.ReadMapped(guestPhysicalAddress - slot.GuestPhysicalAddress, destination[..length]);
            destination = destination[length..];
            guestPhysicalAddress += (ulong)length;
        }
    }

    /// <summary>Copies bytes into guest memory.</summary>
    /// <param name="guestPhysicalAddress">Where they go.</param>
    /// <param name="source">The bytes.</param>
    /// <exception cref="GuestMemoryException">Some of them would fall into a hole; nothing was written.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public void Write(ulong guestPhysicalAddress, ReadOnlySpan<byte> source)
    {
        MemorySlot[] slots = _slots.Ordinary;
        RequireBacked(slots, guestPhysicalAddress, source.Length);
        while (!source.IsEmpty)
        {
            MemorySlot slot = MemorySlotTable.Find(slots, guestPhysicalAddress)!;
            int length = slot.BytesFrom(guestPhysicalAddress, source.Length);
            slot.Memory.WriteMapped(guestPhysicalAddress - slot.GuestPhysicalAddress, source[..length]);
            source = source[length..];
            guestPhysicalAddress += (ulong)length;
        }
    }

    /// <summary>
    /// Gives direct access to guest memory, without a copy, if the range lies within one slot. The span must not be used after
    /// the slot was unmapped or the VM is gone.
    /// </summary>
    /// <param name="guestPhysicalAddress">Where the range begins.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="span">The range, if the result is true.</param>
    /// <returns>
    /// False if the range crosses the end of a slot or lies in a hole; <see cref="Read(ulong, Span{byte})"/> tells which.
    /// </returns>
    public bool TryGetSpan(ulong guestPhysicalAddress, int length, out Span<byte> span)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        MemorySlot? slot = MemorySlotTable.Find(_slots.Ordinary, guestPhysicalAddress);
        if (slot is null || !slot.Contains(guestPhysicalAddress, length))
        {
            span = default;
            return false;
        }
        span = new Span<byte>(
            (void*)(slot.Memory.Mapping.Address + (nint)(guestPhysicalAddress - slot.GuestPhysicalAddress)), length);
        return true;
    }

    // Before anything is copied: an access is done as a whole or not at all.
    private static void RequireBacked(MemorySlot[] slots, ulong guestPhysicalAddress, int length)
    {
        // No slot reaches the top of the address space, so this meets a hole before the address could wrap.
        ulong address = guestPhysicalAddress;
        for (int left = length; left > 0;)
        {
            MemorySlot slot = MemorySlotTable.Find(slots, address)
                ?? throw new GuestMemoryException(guestPhysicalAddress, length, address);
            int backed = slot.BytesFrom(address, left);
            left -= backed;
            address += (ulong)backed;
        }
    }
}
