namespace VmcsGen.Kvm;

/// <summary>A descriptor that belongs to a VM and keeps it, and with it the guest's memory, until it is closed.</summary>
internal class KvmChildDescriptor : KvmDescriptor
{
    private KvmVmHandle? _vm;

    internal KvmChildDescriptor(KvmVmHandle vm)
    {
        bool held = false;
        vm.DangerousAddRef(ref held);
        _vm = vm;
    }

    protected override bool ReleaseHandle()
    {
        bool closed = base.ReleaseHandle();
        _vm?.DangerousRelease();
        _vm = null; // So that a VM nobody else knows can be collected although this object lives on.
        return closed;
    }
}
