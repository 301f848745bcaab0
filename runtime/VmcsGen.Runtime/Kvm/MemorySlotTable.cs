using System;
using System.Collections.Generic;
using System.Threading;
using VmcsGen.Interop;

namespace VmcsGen.Kvm;

/// <summary>The memory slots of a VM: those KVM has are those listed here, and each holds a reference to its memory.</summary>
internal sealed unsafe partial class MemorySlotTable
{
    /// <summary>What a host without KVM_CAP_NR_MEMSLOTS has. Source: Documentation/virt/kvm/api.rst 4.35.</summary>
    private const int DefaultSlotLimit = 32;

    private readonly KvmVmHandle _vm;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly SortedDictionary<int, MemorySlot> _slots = [];

    // The slots of address space 0 in the order of their addresses. Replaced as a whole, so that readers need no lock.
    private volatile MemorySlot[] _ordinary = [];

    internal MemorySlotTable(KvmVmHandle vm) => _vm = vm;

    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    internal MemorySlot[] Ordinary
    {
        get
        {
            ObjectDisposedException.ThrowIf(_vm.IsClosed, typeof(KvmVm));
            return _ordinary;
        }
    }

    /// <summary>The slot that an address lies in, or null.</summary>
    internal static MemorySlot? Find(MemorySlot[] ordinary, ulong guestPhysicalAddress)
    {
        int low = 0;
        int high = ordinary.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            MemorySlot slot = ordinary[middle];
            if (guestPhysicalAddress < slot.GuestPhysicalAddress)
                high = middle - 1;
            else if (guestPhysicalAddress > slot.LastAddress)
                low = middle + 1;
            else
                return slot;
        }
        return null;
    }

    internal bool Holds(MemorySlot slot)
    {
        lock (_gate)
            return _slots.TryGetValue(slot.Number, out MemorySlot? held) && held == slot && !_vm.IsClosed;
    }

    internal MemorySlot Map(
        ulong guestPhysicalAddress, GuestMemory memory, KvmMemoryRegionFlags flags, int? number, GuestMemfdPart? guestMemfd = null)
    {
        if (guestPhysicalAddress % GuestMemory.PageSize != 0)
        {
            throw new ArgumentException(
                $"A memory slot begins at a page, and guest physical address 0x{guestPhysicalAddress:X} is not a multiple of " +
                $"{GuestMemory.PageSize}.",
                nameof(guestPhysicalAddress));
        }
        // The sum must not reach 2^64 either: KVM refuses it, and the search for holes relies on it.
        if (memory.Size > ulong.MaxValue - guestPhysicalAddress)
        {
            throw new ArgumentException(
                $"0x{memory.Size:X} bytes at guest physical address 0x{guestPhysicalAddress:X} go beyond the 64-bit address space.",
                nameof(guestPhysicalAddress));
        }

        // The reference keeps ReleaseAll away until the table and KVM agree again.
        bool held = false;
        try
        {
            _vm.DangerousAddRef(ref held);
            lock (_gate)
                return Add(new MemorySlot(_vm, number ?? LowestFreeNumber(), guestPhysicalAddress, memory, flags, guestMemfd));
        }
        finally
        {
            if (held)
                _vm.DangerousRelease();
        }
    }

    /// <summary>Changes how a slot behaves; its memory and place stay.</summary>
    internal void SetFlags(MemorySlot slot, KvmMemoryRegionFlags flags)
    {
        bool held = false;
        try
        {
            _vm.DangerousAddRef(ref held);
            lock (_gate)
            {
                RequireHeld(slot);
                SetRegion(slot, slot.Size, flags);
                slot.Flags = flags;
            }
        }
        finally
        {
            if (held)
                _vm.DangerousRelease();
        }
    }

    internal void Unmap(MemorySlot slot)
    {
        bool held = false;
        try
        {
            _vm.DangerousAddRef(ref held);
            lock (_gate)
            {
                if (Holds(slot))
                    Remove(slot);
            }
        }
        catch (ObjectDisposedException)
        {
            // The VM is gone, and its slots with it.
        }
        finally
        {
            if (held)
                _vm.DangerousRelease();
        }
    }

    /// <summary>Gives up all memory. Called once, when the VM's last reference is gone: no other method can be at work.</summary>
    internal void ReleaseAll()
    {
        foreach (MemorySlot slot in _slots.Values)
            slot.Release();
    }

    private MemorySlot Add(MemorySlot slot)
    {
        RequireFree(slot);
        MemorySlot[] ordinary = OrdinaryWith(slot);
        slot.Hold();
        try
        {
            _slots.Add(slot.Number, slot);
            SetRegion(slot, slot.Size, slot.Flags);
        }
        catch
        {
            _slots.Remove(slot.Number);
            slot.Release();
            throw;
        }
        _ordinary = ordinary;
        return slot;
    }

    private void Remove(MemorySlot slot)
    {
        MemorySlot[] ordinary = Array.FindAll(_ordinary, other => other != slot);
        SetRegion(slot, 0, slot.Flags);
        _slots.Remove(slot.Number);
        _ordinary = ordinary;
        slot.Release();
    }

    private void SetRegion(MemorySlot slot, ulong size, KvmMemoryRegionFlags flags)
    {
        if (slot.GuestMemfd is { } part)
        {
            SetRegion2(slot, size, flags, part);
            return;
        }
        KvmUserspaceMemoryRegion region = new()
        {
            Slot = (uint)slot.Number,
            Flags = flags,
            GuestPhysAddr = slot.GuestPhysicalAddress,
            MemorySize = size,
            UserspaceAddr = (ulong)slot.Memory.Mapping.Address,
        };
        _vm.Ioctl(KvmIoctl.KVM_SET_USER_MEMORY_REGION, &region, slot.ToString());
    }

    private void SetRegion2(MemorySlot slot, ulong size, KvmMemoryRegionFlags flags, GuestMemfdPart part)
    {
        using var file = new HeldDescriptor(part.File);
        KvmUserspaceMemoryRegion2 region = new()
        {
            Slot = (uint)slot.Number,
            Flags = flags,
            GuestPhysAddr = slot.GuestPhysicalAddress,
            MemorySize = size,
            UserspaceAddr = (ulong)slot.Memory.Mapping.Address,
            GuestMemfd = (uint)file.Number,
            GuestMemfdOffset = part.Offset,
        };
        _vm.Ioctl(KvmIoctl.KVM_SET_USER_MEMORY_REGION2, &region, slot.ToString());
    }

    private void RequireFree(MemorySlot wanted)
    {
        foreach (MemorySlot slot in _slots.Values)
        {
            if (slot.Number == wanted.Number)
                throw new ArgumentException($"Memory slot {wanted.Number} is taken: {slot}. Unmap it first or choose another number.");
            if (slot.AddressSpace == wanted.AddressSpace
                && wanted.GuestPhysicalAddress <= slot.LastAddress && slot.GuestPhysicalAddress <= wanted.LastAddress)
            {
                throw new ArgumentException(
                    $"Guest physical memory 0x{wanted.GuestPhysicalAddress:X}-0x{wanted.LastAddress:X} overlaps {slot}. " +
                    "Unmap that slot first or choose another range.");
            }
        }
    }

    private int LowestFreeNumber()
    {
        int number = 0;
        while (_slots.ContainsKey(number))
            number++;
        int limit = _vm.Ioctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)KvmCapability.NrMemslots);
        if (limit == 0)
            limit = DefaultSlotLimit;
        return number < limit
            ? number
            : throw new InvalidOperationException($"The VM has {number} memory slots, as many as this host allows. Unmap one first.");
    }

    private MemorySlot[] OrdinaryWith(MemorySlot slot)
    {
        if (slot.AddressSpace != 0)
            return _ordinary;
        int at = 0;
        while (at < _ordinary.Length && _ordinary[at].GuestPhysicalAddress < slot.GuestPhysicalAddress)
            at++;
        return [.. _ordinary[..at], slot, .. _ordinary[at..]];
    }
}
