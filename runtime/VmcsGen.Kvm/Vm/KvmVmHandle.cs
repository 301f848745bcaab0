using System;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// Owns a VM's descriptor and holds the memory its slots map. vCPUs and devices hold a reference each, so the VM and its
/// memory go only after the last of them, in whatever order the objects are disposed of or collected.
/// </summary>
internal sealed unsafe partial class KvmVmHandle : KvmDescriptor
{
    protected override int MemoryPressure => 0x40_0000;

    internal KvmVmHandle() => Slots = new MemorySlotTable(this);

    internal MemorySlotTable Slots { get; }

    /// <summary>Number of entries of each vCPU's dirty ring; 0 without rings.</summary>
    internal int DirtyRingEntries { get; set; }

    /// <summary>Whether dirty pages stay dirty until they are cleared, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2.</summary>
    internal bool KeepsDirtyLog { get; set; }

    protected override Type PublicType => typeof(KvmVm);

    protected override string? ReasonOf(uint request, Errno errno, nuint argument) =>
        errno == Errno.EINVAL && request is KvmIoctl.KVM_SET_USER_MEMORY_REGION or KvmIoctl.KVM_SET_USER_MEMORY_REGION2
            ? RegionRules.Find((KvmUserspaceMemoryRegion*)argument)
            : null;

    protected override bool ReleaseHandle()
    {
        // A mapping of the ring is one of a vCPU, which keeps the kernel's side of the VM.
        CoalescedRing?.Unmap();
        // The descriptor first: the memory must outlast the last moment at which the guest could touch it.
        var closed = base.ReleaseHandle();
        _bindings?.ReleaseAll();
        Slots.ReleaseAll();
        return closed;
    }
}
