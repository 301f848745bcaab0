namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVcpu
{
    /// <summary>
    /// What is added to the host's time-stamp counter to give the guest's, modulo 2^64. A KVM that virtualizes the counter
    /// otherwise accepts a value and stays at 0. The attribute KVM_VCPU_TSC_OFFSET.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_VCPU_ATTRIBUTES. Since Linux 5.16. Source: Documentation/virt/kvm/devices/vcpu.rst 4.1.</remarks>
    /// <exception cref="KvmException">
    /// The kernel refused. ENXIO: The attribute is unknown here. EINVAL: vCPUs have no attributes here.
    /// </exception>
    public ulong TscOffset
    {
        get => GetDeviceAttr(KvmVcpuTscAttribute.Offset);
        set => SetDeviceAttr(KvmVcpuTscAttribute.Offset, value);
    }

    /// <summary>Whether this vCPU has <see cref="TscOffset"/>.</summary>
    internal bool HasTscOffset =>
        Live.CheckVm(KvmCapability.VcpuAttributes) > 0
        && HasDeviceAttr((uint)KvmVcpuAttributeGroup.TscCtrl, (ulong)KvmVcpuTscAttribute.Offset);
}
