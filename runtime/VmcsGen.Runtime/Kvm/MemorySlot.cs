using System;

namespace VmcsGen.Kvm;

/// <summary>
/// A range of guest physical addresses that a VM maps to <see cref="GuestMemory"/>. It stays until it is unmapped or the VM is
/// gone; a slot that is simply forgotten stays too. Source: Documentation/virt/kvm/api.rst 4.35.
/// </summary>
public sealed class MemorySlot : IDisposable
{
    private readonly KvmVmHandle _vm;

    internal MemorySlot(KvmVmHandle vm, int number, ulong guestPhysicalAddress, GuestMemory memory, KvmMemoryRegionFlags flags)
    {
        _vm = vm;
        Number = number;
        GuestPhysicalAddress = guestPhysicalAddress;
        Memory = memory;
        Size = memory.Size;
        Flags = flags;
    }

    /// <summary>The slot's number; its bits 31:16 are the address space (0 is ordinary memory, 1 is SMRAM).</summary>
    public int Number { get; }

    /// <summary>The guest physical address at which it begins.</summary>
    public ulong GuestPhysicalAddress { get; }

    /// <summary>Size in bytes.</summary>
    public ulong Size { get; }

    /// <summary>How it was mapped.</summary>
    public KvmMemoryRegionFlags Flags { get; }

    /// <summary>The memory behind it.</summary>
    public GuestMemory Memory { get; }

    /// <summary>True until the slot was unmapped or the VM is gone.</summary>
    public bool IsMapped => _vm.Slots.Holds(this);

    internal int AddressSpace => Number >> 16;

    internal ulong LastAddress => GuestPhysicalAddress + (Size - 1);

    /// <summary>
    /// Takes the memory away from the guest; its accesses there become MMIO exits. Nothing happens if the slot is not mapped
    /// any more. May be called while vCPUs run.
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed; the slot is still mapped.</exception>
    public void Unmap() => _vm.Slots.Unmap(this);

    /// <summary>The same as <see cref="Unmap"/>.</summary>
    /// <exception cref="KvmException">The ioctl failed; the slot is still mapped.</exception>
    public void Dispose() => Unmap();

    /// <summary>The slot's number and range.</summary>
    public override string ToString() => $"slot {Number} at 0x{GuestPhysicalAddress:X}-0x{LastAddress:X}";

    internal bool Contains(ulong guestPhysicalAddress, int length)
    {
        ulong offset = guestPhysicalAddress - GuestPhysicalAddress;
        return guestPhysicalAddress >= GuestPhysicalAddress && offset <= Size && (ulong)length <= Size - offset;
    }

    /// <summary>How many of the wanted bytes this slot has from an address within it.</summary>
    internal int BytesFrom(ulong guestPhysicalAddress, int wanted) =>
        (int)Math.Min((ulong)wanted, Size - (guestPhysicalAddress - GuestPhysicalAddress));
}
