using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

// Files of guest memory that belong to one VM.
public sealed unsafe partial class KvmVm
{
    /// <summary>Creates a file of guest memory for this VM: what private memory of the guest comes from.</summary>
    /// <remarks>Announced by KVM_CAP_GUEST_MEMFD. Since Linux 6.8. Source: Documentation/virt/kvm/api.rst 4.142.</remarks>
    /// <param name="size">Size in bytes; a multiple of the page size.</param>
    /// <param name="flags">Properties of the file; KVM_CAP_GUEST_MEMFD_FLAGS reports those that are supported.</param>
    /// <returns>A new descriptor, owned by the caller. It keeps the kernel's side of the VM.</returns>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_CREATE_GUEST_MEMFD"/> tells the reasons.</exception>
    [NativeName("KVM_CREATE_GUEST_MEMFD")]
    public SafeFileHandle CreateGuestMemfd(ulong size, KvmGuestMemfdFlags flags = 0)
    {
        KvmCreateGuestMemfd parameters = new() { Size = size, Flags = flags };
        return OwnedDescriptor.Of(
            Live,
            KvmIoctl.KVM_CREATE_GUEST_MEMFD,
            &parameters,
            (size, flags),
            static p => $"{p.size} bytes, flags {p.flags}"
        );
    }

    /// <summary>
    /// Maps memory into the guest whose private pages come from a file. Which pages are private is what
    /// <see cref="SetMemoryAttributes"/> says, or all of them if the VM has no such attributes. The VM keeps memory and file
    /// until the slot is unmapped or the VM is gone. <see cref="Memory"/> sees the shared memory, not the file.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_USER_MEMORY2. Since Linux 6.8. Source: Documentation/virt/kvm/api.rst 4.140.</remarks>
    /// <param name="guestPhysicalAddress">Where the guest sees it; a multiple of the page size.</param>
    /// <param name="memory">The shared memory; all of it is mapped.</param>
    /// <param name="guestMemfd">A file of this VM, as <see cref="CreateGuestMemfd"/> gives it.</param>
    /// <param name="guestMemfdOffset">Where the slot's private memory begins in the file; a multiple of the page size.</param>
    /// <param name="flags">How the slot behaves. GuestMemfd is added; dirty pages cannot be logged.</param>
    /// <param name="slot">The slot's number, with the address space in bits 31:16; the lowest free one if not given.</param>
    /// <exception cref="ArgumentException">
    /// The address is not page-aligned, the range overlaps a slot or wraps, or the number is taken.
    /// </exception>
    /// <exception cref="InvalidOperationException">All slots that the host allows are in use.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused. EINVAL: The file is not one of this VM, the range does not lie within it or is used by another
    /// slot, or a flag is not allowed. ENOTTY: This KVM knows no such slots.
    /// </exception>
    [NativeName("KVM_SET_USER_MEMORY_REGION2")]
    public MemorySlot MapMemory(
        ulong guestPhysicalAddress,
        GuestMemory memory,
        SafeHandle guestMemfd,
        ulong guestMemfdOffset = 0,
        KvmMemoryRegionFlags flags = 0,
        int? slot = null
    )
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(guestMemfd);
        if (slot is { } number)
            ArgumentOutOfRangeException.ThrowIfNegative(number, nameof(slot));
        ObjectDisposedException.ThrowIf(memory.IsDisposed, memory);
        ObjectDisposedException.ThrowIf(guestMemfd.IsClosed, guestMemfd);
        return Live.Slots.Map(
            guestPhysicalAddress,
            memory,
            flags | KvmMemoryRegionFlags.GuestMemfd,
            slot,
            new GuestMemfdPart(guestMemfd, guestMemfdOffset)
        );
    }
}
