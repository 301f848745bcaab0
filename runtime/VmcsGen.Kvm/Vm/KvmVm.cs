using System;
using System.Threading;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// A virtual machine: memory slots, vCPUs, devices. All members may be used from several threads.
/// </summary>
/// <remarks>
/// vCPUs and devices keep the VM: after Dispose the kernel's side and the memory that the slots map stay until the last of
/// them is disposed of. A VM that is forgotten is released by the garbage collector.
/// </remarks>
[MustDispose]
public sealed unsafe partial class KvmVm : IKvmDescriptor, IDisposable
{
    private readonly KvmVmHandle _handle;
    private readonly int _vcpuMmapSize;
    private int _vcpuCount;
    private volatile bool _disposed;

    internal KvmVm(KvmVmHandle handle, int vcpuMmapSize)
    {
        _handle = handle;
        _vcpuMmapSize = vcpuMmapSize;
        Memory = new GuestPhysicalMemory(handle.Slots);
    }

    /// <summary>The VM's memory by guest physical address.</summary>
    public GuestPhysicalMemory Memory { get; }

    /// <summary>
    /// Asks this VM for a capability: 0 if it is absent, else 1 or a number whose meaning belongs to the capability. The
    /// answer may differ from the host's and is the one to go by. Source: Documentation/virt/kvm/api.rst 4.4.
    /// </summary>
    /// <param name="capability">The capability; values this library does not know may be given too.</param>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [NativeName("KVM_CHECK_EXTENSION")]
    public int Check(KvmCapability capability) => Ioctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)capability);

    /// <summary>Tells whether this VM has a capability.</summary>
    /// <param name="capability">The capability.</param>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public bool Has(KvmCapability capability) => Check(capability) > 0;

    /// <summary>
    /// Maps memory into the guest. The VM keeps the memory until the slot is unmapped or the VM is gone, even if the memory
    /// is disposed of meanwhile. Source: Documentation/virt/kvm/api.rst 4.35.
    /// </summary>
    /// <param name="guestPhysicalAddress">Where the guest sees it; a multiple of the page size.</param>
    /// <param name="memory">The memory; all of it is mapped.</param>
    /// <param name="flags">How the slot behaves, such as read-only for the guest.</param>
    /// <param name="slot">The slot's number, with the address space in bits 31:16; the lowest free one if not given.</param>
    /// <exception cref="ArgumentException">
    /// The address is not page-aligned, the range overlaps a slot or wraps, or the number is taken.
    /// </exception>
    /// <exception cref="InvalidOperationException">All slots that the host allows are in use.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [NativeName("KVM_SET_USER_MEMORY_REGION")]
    public MemorySlot MapMemory(ulong guestPhysicalAddress, GuestMemory memory, KvmMemoryRegionFlags flags = 0, int? slot = null)
    {
        ArgumentNullException.ThrowIfNull(memory);
        if (slot is { } number)
            ArgumentOutOfRangeException.ThrowIfNegative(number, nameof(slot));
        ObjectDisposedException.ThrowIf(_disposed, this);
        ObjectDisposedException.ThrowIf(memory.IsDisposed, memory);
        return _handle.Slots.Map(guestPhysicalAddress, memory, flags, slot);
    }

    /// <summary>
    /// The slots that are mapped now, in the order of their numbers: also those that a <see cref="VmState"/> or a
    /// <see cref="VmTemplate"/> mapped.
    /// </summary>
    /// <returns>A list of the caller's own: it does not change with the slots.</returns>
    /// <exception cref="ObjectDisposedException">The VM is disposed of.</exception>
    public MemorySlot[] GetMemorySlots()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _handle.Slots.All();
    }

    /// <summary>
    /// Adds a vCPU. KVM keeps a vCPU until the VM is gone, so its id cannot be used again even after Dispose.
    /// Source: Documentation/virt/kvm/api.rst 4.7.
    /// </summary>
    /// <param name="id">Its id, which is also its APIC id; less than <see cref="KvmHost.MaxVcpuId"/>.</param>
    /// <exception cref="KvmException">
    /// The ioctl failed: <see cref="Errno.EEXIST"/> if the id is taken, <see cref="Errno.EINVAL"/> if it is too large or the VM
    /// has as many vCPUs as it can have. Or its run page could not be mapped.
    /// </exception>
    /// <exception cref="InvalidOperationException">The process has no real-time signal left for <see cref="KvmVcpu.Kick"/>.</exception>
    [NativeName("KVM_CREATE_VCPU")]
    public KvmVcpu CreateVcpu(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ObjectDisposedException.ThrowIf(_disposed, this);
        KickSignal.EnsureInstalled();
        var vcpu = new KvmVcpu(KvmVcpuHandle.Create(_handle, id, _vcpuMmapSize, _handle.DirtyRingEntries), id);
        Interlocked.Increment(ref _vcpuCount);
        return vcpu;
    }

    /// <summary>Creates a device inside the kernel. Source: Documentation/virt/kvm/api.rst 4.79.</summary>
    /// <param name="type">The kind of device.</param>
    /// <exception cref="KvmException">
    /// The ioctl failed: <see cref="Errno.ENODEV"/> if the kernel has no such device, <see cref="Errno.EEXIST"/> if the VM can
    /// have only one and has it.
    /// </exception>
    [NativeName("KVM_CREATE_DEVICE")]
    public KvmDevice CreateDevice(KvmDeviceType type)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var device = new KvmChildDescriptor(_handle);
        try
        {
            KvmCreateDevice create = new() { Type = type };
            _handle.Ioctl(KvmIoctl.KVM_CREATE_DEVICE, &create, type, static type => $"device {type}");
            device.Adopt((int)create.Fd);
            return new KvmDevice(device, type);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int UnsafeIoctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    /// <inheritdoc/>
    public int UnsafeIoctl(uint request, nuint value) => Ioctl(request, value);

    /// <inheritdoc/>
    public int UnsafeIoctl(IoctlInfo ioctl, void* argument) => Live.Ioctl(ioctl, (nuint)argument, subject: null);

    /// <inheritdoc/>
    public int UnsafeIoctl(IoctlInfo ioctl, nuint value) => Live.Ioctl(ioctl, value, static (ioctl, value) => ioctl.Describe(value));

    /// <summary>Gives up the VM; it goes when its vCPUs and devices are gone too.</summary>
    public void Dispose()
    {
        _disposed = true;
        _handle.Dispose();
    }

    internal MemorySlotTable SlotTable => Live.Slots;

    internal int Ioctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    internal int Ioctl(uint request, nuint value) => Live.Ioctl(request, value);

    /// <summary>The descriptor, unless this object was disposed of.</summary>
    internal KvmVmHandle Handle => _handle;

    /// <summary>vCPUs that were created: one whose object was disposed of stays a part of the VM.</summary>
    internal int VcpuCount => Volatile.Read(ref _vcpuCount);

    private KvmVmHandle Live
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _handle;
        }
    }
}
