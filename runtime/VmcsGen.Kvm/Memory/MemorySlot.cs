using System;

namespace VmcsGen.Kvm;

/// <summary>
/// A range of guest physical addresses that a VM maps to <see cref="GuestMemory"/>. It stays until it is unmapped or the VM is
/// gone; a slot that is simply forgotten stays too. Source: Documentation/virt/kvm/api.rst 4.35.
/// </summary>
public sealed class MemorySlot : IDisposable
{
    private readonly MemorySlotTable _table;
    private volatile MemoryRange _range = null!; // Set by the constructor.

    internal MemorySlot(
        MemorySlotTable table,
        int number,
        ulong guestPhysicalAddress,
        GuestMemory memory,
        KvmMemoryRegionFlags flags,
        GuestMemfdPart? guestMemfd
    )
    {
        _table = table;
        Number = number;
        Range = new MemoryRange(guestPhysicalAddress, memory);
        Memory = memory;
        Size = memory.Size;
        Flags = flags;
        GuestMemfd = guestMemfd;
    }

    /// <summary>The slot's number; its bits 31:16 are the address space (0 is ordinary memory, 1 is SMRAM).</summary>
    public int Number { get; }

    /// <summary>The guest physical address at which it begins; <see cref="MoveTo"/> changes it.</summary>
    public ulong GuestPhysicalAddress => Range.Start;

    /// <summary>Size in bytes.</summary>
    public ulong Size { get; }

    /// <summary>How it behaves: as it was mapped, or as <see cref="SetFlags"/> changed it.</summary>
    public KvmMemoryRegionFlags Flags { get; internal set; }

    /// <summary>Length of the slot's dirty bitmap in words of 64 bits, a bit for each page of 4 KiB.</summary>
    public int DirtyBitmapLength => (int)BitmapLength(PageCount);

    /// <summary>The memory behind it.</summary>
    public GuestMemory Memory { get; }

    /// <summary>True until the slot was unmapped or the VM is gone.</summary>
    public bool IsMapped => _table.Holds(this);

    internal ulong PageCount => Size / GuestMemory.PageSize;

    internal GuestMemfdPart? GuestMemfd { get; }

    internal int AddressSpace => Number >> 16;

    internal ulong LastAddress => Range.Last;

    /// <summary>Where the guest sees it now.</summary>
    internal MemoryRange Range
    {
        get => _range;
        set => _range = value;
    }

    /// <summary>
    /// Changes how the slot behaves, for example whether dirty pages are logged. May be called while vCPUs run.
    /// Source: Documentation/virt/kvm/api.rst 4.35.
    /// </summary>
    /// <param name="flags">All flags the slot is to have. Readonly and GuestMemfd cannot be changed.</param>
    /// <exception cref="ArgumentException">The slot is not mapped any more.</exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    /// <exception cref="KvmException">The kernel refused. EINVAL: A flag is not known, or cannot be changed.</exception>
    [NativeName("KVM_SET_USER_MEMORY_REGION")]
    public void SetFlags(KvmMemoryRegionFlags flags) => _table.SetFlags(this, flags);

    /// <summary>
    /// Lets the guest see the memory at another address, as when it moves a device's BAR. May be called while vCPUs run; for a
    /// moment they find it at neither address. What was logged of dirty pages is lost. Source: Documentation/virt/kvm/api.rst 4.35.
    /// </summary>
    /// <param name="guestPhysicalAddress">The new address; a multiple of the page size.</param>
    /// <exception cref="ArgumentException">
    /// The address is not page-aligned, the range overlaps another slot or wraps, or the slot is not mapped any more.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The VM is gone.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused, and the slot stays where it is. EINVAL: It is backed by a guest_memfd.
    /// </exception>
    [NativeName("KVM_SET_USER_MEMORY_REGION")]
    public void MoveTo(ulong guestPhysicalAddress) => _table.Move(this, guestPhysicalAddress);

    /// <summary>
    /// Takes the memory away from the guest; its accesses there become MMIO exits. Nothing happens if the slot is not mapped
    /// any more. May be called while vCPUs run.
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed; the slot is still mapped.</exception>
    public void Unmap() => _table.Unmap(this);

    /// <summary>The same as <see cref="Unmap"/>.</summary>
    /// <exception cref="KvmException">The ioctl failed; the slot is still mapped.</exception>
    public void Dispose() => Unmap();

    /// <summary>The slot's number and range.</summary>
    public override string ToString() => $"slot {Number} at {Range}";

    /// <summary>Length in words of 64 bits of a bitmap with a bit for each of so many pages.</summary>
    internal static ulong BitmapLength(ulong pages) => (pages + 63) / 64;

    /// <summary>Takes a reference to what is behind the slot.</summary>
    internal void Hold()
    {
        bool held = false;
        Memory.Mapping.DangerousAddRef(ref held);
        if (GuestMemfd is null)
            return;
        try
        {
            bool heldFile = false;
            GuestMemfd.File.DangerousAddRef(ref heldFile);
        }
        catch
        {
            Memory.Mapping.DangerousRelease();
            throw;
        }
    }

    /// <summary>Gives up what <see cref="Hold"/> took.</summary>
    internal void Release()
    {
        GuestMemfd?.File.DangerousRelease();
        Memory.Mapping.DangerousRelease();
    }
}
