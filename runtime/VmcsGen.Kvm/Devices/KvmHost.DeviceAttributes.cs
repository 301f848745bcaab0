namespace VmcsGen.Kvm;

// Attributes of KVM itself.
public sealed unsafe partial class KvmHost
{
    /// <summary>Tells whether KVM itself has an attribute.</summary>
    /// <remarks>Announced by KVM_CAP_SYS_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.81.</remarks>
    /// <param name="group">The group, such as one of <see cref="KvmX86AttributeGroup"/>.</param>
    /// <param name="attribute">The attribute's number within the group.</param>
    /// <exception cref="KvmException">The kernel refused. ENOTTY: KVM has no attributes.</exception>
    [NativeName("KVM_HAS_DEVICE_ATTR")]
    public bool HasDeviceAttr(uint group, ulong attribute) => DeviceAttributes.Has(Live, group, attribute);

    /// <summary>Reads an attribute of KVM itself.</summary>
    /// <remarks>Announced by KVM_CAP_SYS_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.80.</remarks>
    /// <param name="attribute">The attribute.</param>
    /// <exception cref="System.ArgumentOutOfRangeException">The attribute has no name here, so that its size is not known.</exception>
    /// <exception cref="KvmException">The kernel refused. ENXIO: The attribute is unknown here. ENOTTY: KVM has no attributes.</exception>
    [NativeName("KVM_GET_DEVICE_ATTR")]
    public ulong GetDeviceAttr(KvmX86SystemAttribute attribute) =>
        DeviceAttributes.GetUInt64(Live, (uint)KvmX86AttributeGroup.System, DeviceAttributes.Known(attribute));

    /// <summary>Reads an attribute of KVM's support for AMD SEV.</summary>
    /// <remarks>Announced by KVM_CAP_SYS_ATTRIBUTES. Since Linux 6.10. Source: Documentation/virt/kvm/api.rst 4.80.</remarks>
    /// <param name="attribute">The attribute.</param>
    /// <exception cref="System.ArgumentOutOfRangeException">The attribute has no name here, so that its size is not known.</exception>
    /// <exception cref="KvmException">The kernel refused. ENXIO: The attribute is unknown here. ENOTTY: KVM has no attributes.</exception>
    [NativeName("KVM_GET_DEVICE_ATTR")]
    public ulong GetDeviceAttr(KvmX86SevAttribute attribute) =>
        DeviceAttributes.GetUInt64(Live, (uint)KvmX86AttributeGroup.Sev, DeviceAttributes.Known(attribute));

    /// <summary>Reads an attribute that has no method here.</summary>
    /// <remarks>
    /// KVM writes as many bytes as the attribute has to the address: the caller vouches for them.
    /// Announced by KVM_CAP_SYS_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.80.
    /// </remarks>
    /// <param name="attribute">The attribute, and the address for its value.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. ENXIO: The attribute is unknown here. EPERM: It cannot be read, or not now. EFAULT: The address is bad.
    /// </exception>
    [NativeName("KVM_GET_DEVICE_ATTR")]
    public void UnsafeGetDeviceAttr(in KvmDeviceAttr attribute) => DeviceAttributes.Get(Live, attribute);
}
