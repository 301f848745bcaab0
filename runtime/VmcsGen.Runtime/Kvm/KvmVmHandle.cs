namespace VmcsGen.Kvm;

/// <summary>
/// Owns a VM's descriptor and holds the memory its slots map. vCPUs and devices hold a reference each, so the VM and its
/// memory go only after the last of them, in whatever order the objects are disposed of or collected.
/// </summary>
internal sealed class KvmVmHandle : KvmDescriptor
{
    internal KvmVmHandle() => Slots = new MemorySlotTable(this);

    internal MemorySlotTable Slots { get; }

    protected override bool ReleaseHandle()
    {
        // The descriptor first: the memory must outlast the last moment at which the guest could touch it.
        bool closed = base.ReleaseHandle();
        Slots.ReleaseAll();
        return closed;
    }
}
