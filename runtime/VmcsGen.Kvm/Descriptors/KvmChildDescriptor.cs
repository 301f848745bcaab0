using System;

namespace VmcsGen.Kvm.Interop;

/// <summary>A descriptor that belongs to a VM and keeps it, and with it the guest's memory, until it is closed.</summary>
internal class KvmChildDescriptor : KvmDescriptor
{
    private KvmDescriptor? _vm;

    internal KvmChildDescriptor(KvmDescriptor vm)
    {
        var held = false;
        vm.DangerousAddRef(ref held);
        _vm = vm;
    }

    /// <summary>The VM.</summary>
    /// <exception cref="ObjectDisposedException">This descriptor was closed, and so perhaps the VM's.</exception>
    internal KvmDescriptor Vm => _vm ?? throw new ObjectDisposedException(GetType().Name);

    /// <summary>Asks the VM for a capability; 0 if it is absent.</summary>
    internal int CheckVm(KvmCapability capability) => Vm.Ioctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)capability);

    protected override int TryCheck(KvmCapability capability) => Vm.TryIoctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)capability);

    protected override bool ReleaseHandle()
    {
        var closed = base.ReleaseHandle();
        _vm?.DangerousRelease();
        _vm = null; // So that a VM nobody else knows can be collected although this object lives on.
        return closed;
    }
}
