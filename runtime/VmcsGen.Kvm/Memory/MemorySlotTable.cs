using System;
using System.Collections.Generic;
using System.Threading;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>The memory slots of a VM: those KVM has are those listed here, and each holds a reference to its memory.</summary>
internal sealed unsafe partial class MemorySlotTable
{
    /// <summary>What a host without KVM_CAP_NR_MEMSLOTS has. Source: Documentation/virt/kvm/api.rst 4.35.</summary>
    private const int DefaultSlotLimit = 32;

    private readonly KvmDescriptor _vm;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly SortedDictionary<int, MemorySlot> _slots = [];

    // Those of address space 0 in the order of their addresses. Replaced as a whole, so that readers need no lock.
    private volatile MemoryRange[] _ordinary = [];

    internal MemorySlotTable(KvmDescriptor vm)
    {
        _vm = vm;
        vm.Explain = ExplainFault;
    }

    /// <summary>Memory of no VM, held until the result is collected. There are no slots, so nothing is asked of KVM.</summary>
    internal MemorySlotTable(ulong guestPhysicalAddress, GuestMemory memory)
        : this(new KvmDescriptor())
    {
        RequirePlace(guestPhysicalAddress, memory.Size);
        var held = false;
        memory.Mapping.DangerousAddRef(ref held);
        _vm.Keep(memory.Mapping);
        _ordinary = [new MemoryRange(guestPhysicalAddress, memory)];
    }

    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    internal MemoryRange[] Ordinary
    {
        get
        {
            _vm.ThrowIfClosed();
            return _ordinary;
        }
    }

    /// <summary>The range that an address lies in, or null.</summary>
    internal static MemoryRange? Find(MemoryRange[] ordinary, ulong guestPhysicalAddress)
    {
        var low = 0;
        var high = ordinary.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var range = ordinary[middle];
            if (guestPhysicalAddress < range.Start)
                high = middle - 1;
            else if (guestPhysicalAddress > range.Last)
                low = middle + 1;
            else
                return range;
        }
        return null;
    }

    /// <summary>Keeps the VM and its slots as they are until the result is disposed of.</summary>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    internal Hold HoldStill()
    {
        _vm.ThrowIfClosed();
        var held = false;
        _vm.DangerousAddRef(ref held);
        return new Hold(_vm, _gate.EnterScope());
    }

    internal bool Holds(MemorySlot slot)
    {
        lock (_gate)
            return HoldsNow(slot);
    }

    /// <summary>The slots of all address spaces, in the order of their numbers.</summary>
    internal MemorySlot[] All()
    {
        lock (_gate)
            return [.. _slots.Values];
    }

    private string? ExplainFault(Errno errno) =>
        errno == Errno.EFAULT && Array.Find(All(), static slot => slot.Memory.Supply?.Failure is not null) is { } slot
            ? $"A page of {slot} was not supplied: {slot.Memory.Supply!.Failure!.Message}"
            : null;

    // For those who have the gate.
    private bool HoldsNow(MemorySlot slot) => _slots.TryGetValue(slot.Number, out var held) && held == slot && !_vm.IsClosed;

    internal MemorySlot Map(
        ulong guestPhysicalAddress,
        GuestMemory memory,
        KvmMemoryRegionFlags flags,
        int? number,
        GuestMemfdPart? guestMemfd = null
    )
    {
        RequirePlace(guestPhysicalAddress, memory.Size);
        using var held = HoldStill();
        return Add(new MemorySlot(this, number ?? LowestFreeNumber(), guestPhysicalAddress, memory, flags, guestMemfd));
    }

    /// <summary>Changes how a slot behaves; its memory and place stay.</summary>
    internal void SetFlags(MemorySlot slot, KvmMemoryRegionFlags flags)
    {
        using var held = HoldStill();
        RequireHeld(slot);
        SetRegion(slot, slot.Range, slot.Size, flags);
        slot.Flags = flags;
    }

    /// <summary>Changes a slot's place; its memory and how it behaves stay.</summary>
    internal void Move(MemorySlot slot, ulong guestPhysicalAddress)
    {
        RequirePlace(guestPhysicalAddress, slot.Size);
        using var held = HoldStill();
        RequireHeld(slot);
        MemoryRange range = new(guestPhysicalAddress, slot.Memory);
        RequireFree(slot, range);
        var ordinary = slot.AddressSpace == 0 ? With(Without(_ordinary, slot.Range), range) : _ordinary;
        SetRegion(slot, range, slot.Size, slot.Flags);
        slot.Range = range;
        _ordinary = ordinary;
    }

    internal void Unmap(MemorySlot slot)
    {
        try
        {
            using var held = HoldStill();
            if (Holds(slot))
                Remove(slot);
        }
        catch (ObjectDisposedException)
        {
            // The VM is gone, and its slots with it.
        }
    }

    /// <summary>Gives up all memory. Called once, when the VM's last reference is gone: no other method can be at work.</summary>
    internal void ReleaseAll()
    {
        foreach (var slot in _slots.Values)
            slot.Release();
    }

    private static void RequirePlace(ulong guestPhysicalAddress, ulong size)
    {
        if (guestPhysicalAddress % GuestMemory.PageSize != 0)
        {
            throw new ArgumentException(
                $"A memory slot begins at a page, and guest physical address 0x{guestPhysicalAddress:X} is not a multiple of "
                    + $"{GuestMemory.PageSize}.",
                nameof(guestPhysicalAddress)
            );
        }
        // The sum must not reach 2^64 either: KVM refuses it, and the search for holes relies on it.
        if (size > ulong.MaxValue - guestPhysicalAddress)
        {
            throw new ArgumentException(
                $"0x{size:X} bytes at guest physical address 0x{guestPhysicalAddress:X} go beyond the 64-bit address space.",
                nameof(guestPhysicalAddress)
            );
        }
    }

    private static MemoryRange[] With(MemoryRange[] ranges, MemoryRange range)
    {
        var at = FirstThatEndsAtOrAbove(ranges, range.Start);
        return [.. ranges[..at], range, .. ranges[at..]];
    }

    private static int FirstThatEndsAtOrAbove(MemoryRange[] ranges, ulong address)
    {
        var (low, high) = (0, ranges.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (ranges[middle].Last < address)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private static MemoryRange[] Without(MemoryRange[] ranges, MemoryRange range) => Array.FindAll(ranges, other => other != range);

    private MemorySlot Add(MemorySlot slot)
    {
        if (_slots.TryGetValue(slot.Number, out var taken))
            throw new ArgumentException($"Memory slot {slot.Number} is taken: {taken}. Unmap it first or choose another number.");
        RequireFree(slot, slot.Range);
        var ordinary = slot.AddressSpace == 0 ? With(_ordinary, slot.Range) : _ordinary;
        slot.Hold();
        try
        {
            _slots.Add(slot.Number, slot);
            SetRegion(slot, slot.Range, slot.Size, slot.Flags);
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
        var ordinary = Without(_ordinary, slot.Range);
        SetRegion(slot, slot.Range, 0, slot.Flags);
        _slots.Remove(slot.Number);
        _ordinary = ordinary;
        slot.Release();
    }

    private void SetRegion(MemorySlot slot, MemoryRange range, ulong size, KvmMemoryRegionFlags flags)
    {
        if (slot.GuestMemfd is { } part)
        {
            SetRegion2(slot, range, size, flags, part);
            return;
        }
        KvmUserspaceMemoryRegion region = new()
        {
            Slot = (uint)slot.Number,
            Flags = flags,
            GuestPhysAddr = range.Start,
            MemorySize = size,
            UserspaceAddr = (ulong)slot.Memory.Mapping.Address,
        };
        _vm.Ioctl(KvmIoctl.KVM_SET_USER_MEMORY_REGION, &region, (slot, range), Describe);
    }

    private void SetRegion2(MemorySlot slot, MemoryRange range, ulong size, KvmMemoryRegionFlags flags, GuestMemfdPart part)
    {
        using var file = new HeldDescriptor(part.File);
        KvmUserspaceMemoryRegion2 region = new()
        {
            Slot = (uint)slot.Number,
            Flags = flags,
            GuestPhysAddr = range.Start,
            MemorySize = size,
            UserspaceAddr = (ulong)slot.Memory.Mapping.Address,
            GuestMemfd = (uint)file.Number,
            GuestMemfdOffset = part.Offset,
        };
        _vm.Ioctl(KvmIoctl.KVM_SET_USER_MEMORY_REGION2, &region, (slot, range), Describe);
    }

    private static string Describe((MemorySlot Slot, MemoryRange Range) subject) => $"slot {subject.Slot.Number} at {subject.Range}";

    private void RequireFree(MemorySlot wanted, MemoryRange range)
    {
        // Of many slots only the neighbour can be in the way, in the address space that has them all in order.
        if (wanted.AddressSpace == 0)
        {
            var at = FirstThatEndsAtOrAbove(_ordinary, range.Start);
            if (at == _ordinary.Length || (!_ordinary[at].Overlaps(range) && _ordinary[at] != wanted.Range))
                return;
        }
        foreach (var slot in _slots.Values)
        {
            if (slot != wanted && slot.AddressSpace == wanted.AddressSpace && slot.Range.Overlaps(range))
            {
                throw new ArgumentException(
                    $"Guest physical memory {range} overlaps {slot}. Unmap that slot first or choose another range."
                );
            }
        }
    }

    private int LowestFreeNumber()
    {
        var number = 0;
        while (_slots.ContainsKey(number))
            number++;
        var limit = _vm.Ioctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)KvmCapability.NrMemslots);
        if (limit == 0)
            limit = DefaultSlotLimit;
        return number < limit
            ? number
            : throw new InvalidOperationException($"The VM has {number} memory slots, as many as this host allows. Unmap one first.");
    }

    /// <summary>The slots cannot change and the VM cannot go.</summary>
    internal readonly ref struct Hold(KvmDescriptor vm, Lock.Scope scope) : IDisposable
    {
        private readonly Lock.Scope _scope = scope;

        public void Dispose()
        {
            _scope.Dispose();
            vm.DangerousRelease();
        }
    }
}
