namespace VmcsGen.Kvm;

// Attributes of the vCPU.
public sealed unsafe partial class KvmVcpu
{
    /// <summary>Tells whether the vCPU has an attribute.</summary>
    /// <remarks>Announced by KVM_CAP_VCPU_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.81.</remarks>
    /// <param name="group">The group, such as one of <see cref="KvmVcpuAttributeGroup"/>.</param>
    /// <param name="attribute">The attribute's number within the group.</param>
    /// <exception cref="KvmException">The kernel refused. EINVAL: vCPUs have no attributes here.</exception>
    [NativeName("KVM_HAS_DEVICE_ATTR")]
    public bool HasDeviceAttr(uint group, ulong attribute) => DeviceAttributes.Has(Live, group, attribute);

    /// <summary>Reads an attribute of the time-stamp counter.</summary>
    /// <remarks>Announced by KVM_CAP_VCPU_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.80.</remarks>
    /// <param name="attribute">The attribute.</param>
    /// <exception cref="System.ArgumentOutOfRangeException">The attribute has no name here, so that its size is not known.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused. ENXIO: The attribute is unknown here. EINVAL: vCPUs have no attributes here.
    /// </exception>
    [NativeName("KVM_GET_DEVICE_ATTR")]
    public ulong GetDeviceAttr(KvmVcpuTscAttribute attribute) =>
        DeviceAttributes.GetUInt64(Live, (uint)KvmVcpuAttributeGroup.TscCtrl, DeviceAttributes.Known(attribute));

    /// <summary>Writes an attribute of the time-stamp counter.</summary>
    /// <remarks>Announced by KVM_CAP_VCPU_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.80.</remarks>
    /// <param name="attribute">The attribute.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="System.ArgumentOutOfRangeException">The attribute has no name here, so that its size is not known.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused. ENXIO: The attribute is unknown here. EINVAL: vCPUs have no attributes here.
    /// </exception>
    [NativeName("KVM_SET_DEVICE_ATTR")]
    public void SetDeviceAttr(KvmVcpuTscAttribute attribute, ulong value) =>
        DeviceAttributes.SetUInt64(Live, (uint)KvmVcpuAttributeGroup.TscCtrl, DeviceAttributes.Known(attribute), value);

    /// <summary>Reads an attribute that has no method here.</summary>
    /// <remarks>
    /// KVM writes as many bytes as the attribute has to the address: the caller vouches for them.
    /// Announced by KVM_CAP_VCPU_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.80.
    /// </remarks>
    /// <param name="attribute">The attribute, and the address for its value.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. ENXIO: The attribute is unknown here. EPERM: It cannot be read, or not now. EFAULT: The address is bad.
    /// </exception>
    [NativeName("KVM_GET_DEVICE_ATTR")]
    public void UnsafeGetDeviceAttr(in KvmDeviceAttr attribute) => DeviceAttributes.Get(Live, attribute);

    /// <summary>Writes an attribute that has no method here.</summary>
    /// <remarks>
    /// KVM reads as many bytes as the attribute has from the address: the caller vouches for them.
    /// Announced by KVM_CAP_VCPU_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.80.
    /// </remarks>
    /// <param name="attribute">The attribute, and the address of its value.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. ENXIO: The attribute is unknown here. EPERM: It cannot be written, or not now. EFAULT: The address is bad.
    /// </exception>
    [NativeName("KVM_SET_DEVICE_ATTR")]
    public void UnsafeSetDeviceAttr(in KvmDeviceAttr attribute) => DeviceAttributes.Set(Live, attribute);
}
