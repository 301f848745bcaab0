using System;
using System.Diagnostics.CodeAnalysis;

namespace VmcsGen.Kvm;

// Accesses in an order that others can rely on, and views.
public sealed unsafe partial class GuestPhysicalMemory
{
    /// <summary>Reads a value before everything that follows: what its writer wrote before it is seen then.</summary>
    /// <param name="guestPhysicalAddress">Where it begins: a multiple of its size.</param>
    /// <exception cref="ArgumentException">It is not aligned, or has not 1, 2, 4 or 8 bytes.</exception>
    /// <exception cref="GuestMemoryException">It lies in a hole.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public T ReadAcquire<T>(ulong guestPhysicalAddress)
        where T : unmanaged
    {
        using var held = _slots.HoldStill();
        return AtomicAccess.ReadAcquire<T>(AddressOf(guestPhysicalAddress, sizeof(T)));
    }

    /// <summary>Writes a value after everything that comes before: whoever reads it then sees that too.</summary>
    /// <param name="guestPhysicalAddress">Where it begins: a multiple of its size.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">It is not aligned, or has not 1, 2, 4 or 8 bytes.</exception>
    /// <exception cref="GuestMemoryException">It lies in a hole.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public void WriteRelease<T>(ulong guestPhysicalAddress, T value)
        where T : unmanaged
    {
        using var held = _slots.HoldStill();
        AtomicAccess.WriteRelease(AddressOf(guestPhysicalAddress, sizeof(T)), value);
    }

    /// <summary>Writes a value if there is an expected one, in one step that is also a full fence.</summary>
    /// <param name="guestPhysicalAddress">Where it begins: a multiple of its size.</param>
    /// <param name="value">The value.</param>
    /// <param name="expected">What must be there for it to be written.</param>
    /// <returns>What was there.</returns>
    /// <exception cref="ArgumentException">It is not aligned, or has not 1, 2, 4 or 8 bytes.</exception>
    /// <exception cref="GuestMemoryException">It lies in a hole.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public T CompareExchange<T>(ulong guestPhysicalAddress, T value, T expected)
        where T : unmanaged
    {
        using var held = _slots.HoldStill();
        return AtomicAccess.CompareExchange(AddressOf(guestPhysicalAddress, sizeof(T)), value, expected);
    }

    /// <summary>
    /// A range that is kept as long as the view is referred to, with accesses that cost least, if it lies within one slot.
    /// </summary>
    /// <param name="guestPhysicalAddress">Where the range begins.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="view">The view, if the result is true.</param>
    /// <returns>False if the range crosses the end of a slot or lies in a hole.</returns>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    public bool TryCreateView(ulong guestPhysicalAddress, ulong length, [NotNullWhen(true)] out GuestMemoryView? view)
    {
        using var held = _slots.HoldStill();
        var range = MemorySlotTable.Find(_slots.Ordinary, guestPhysicalAddress);
        var offset = guestPhysicalAddress - (range?.Start ?? 0);
        view = range is not null && length <= range.Size - offset ? range.Memory.ViewMapped(offset, length) : null;
        return view is not null;
    }

    // For those who hold the slots still. An aligned value lies within one page, and so within one slot.
    private void* AddressOf(ulong guestPhysicalAddress, int length)
    {
        var range =
            MemorySlotTable.Find(_slots.Ordinary, guestPhysicalAddress)
            ?? throw new GuestMemoryException(guestPhysicalAddress, length, guestPhysicalAddress);
        range.Memory.Supply?.Require(guestPhysicalAddress - range.Start, (ulong)length);
        return (void*)(range.Memory.Mapping.Address + (nint)(guestPhysicalAddress - range.Start));
    }
}
