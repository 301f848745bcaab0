namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVm
{
    /// <summary>
    /// Creates the device that tells the VM which VFIO files serve its guest; <see cref="HasDevice"/> says whether it can be.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_DEVICE_CTRL. Source: Documentation/virt/kvm/devices/vfio.rst.</remarks>
    /// <exception cref="KvmException">
    /// The kernel refused. ENODEV: It was built without VFIO. EBUSY: The VM has the device already.
    /// </exception>
    [NativeName("KVM_CREATE_DEVICE")]
    public KvmVfio CreateVfio() => new(CreateDevice(KvmDeviceType.Vfio));
}
