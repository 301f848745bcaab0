namespace VmcsGen.Kvm;

// Attributes of the VM. No attribute of a VM is known on x86 so far, so that none has a safe method.
public sealed unsafe partial class KvmVm
{
    /// <summary>Tells whether the VM has an attribute.</summary>
    /// <remarks>Announced by KVM_CAP_VM_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.81.</remarks>
    /// <param name="group">The group.</param>
    /// <param name="attribute">The attribute's number within the group.</param>
    /// <exception cref="KvmException">The kernel refused. ENOTTY: VMs have no attributes here.</exception>
    [NativeName("KVM_HAS_DEVICE_ATTR")]
    public bool HasDeviceAttr(uint group, ulong attribute) => DeviceAttributes.Has(Live, group, attribute);

    /// <summary>Reads an attribute.</summary>
    /// <remarks>
    /// KVM writes as many bytes as the attribute has to the address: the caller vouches for them.
    /// Announced by KVM_CAP_VM_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.80.
    /// </remarks>
    /// <param name="attribute">The attribute, and the address for its value.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. ENOTTY: VMs have no attributes here. ENXIO: The attribute is unknown here. EPERM: It cannot be read,
    /// or not now. EFAULT: The address is bad.
    /// </exception>
    [NativeName("KVM_GET_DEVICE_ATTR")]
    public void UnsafeGetDeviceAttr(in KvmDeviceAttr attribute) => DeviceAttributes.Get(Live, attribute);

    /// <summary>Writes an attribute.</summary>
    /// <remarks>
    /// KVM reads as many bytes as the attribute has from the address: the caller vouches for them.
    /// Announced by KVM_CAP_VM_ATTRIBUTES. Source: Documentation/virt/kvm/api.rst 4.80.
    /// </remarks>
    /// <param name="attribute">The attribute, and the address of its value.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. ENOTTY: VMs have no attributes here. ENXIO: The attribute is unknown here. EPERM: It cannot be
    /// written, or not now. EFAULT: The address is bad.
    /// </exception>
    [NativeName("KVM_SET_DEVICE_ATTR")]
    public void UnsafeSetDeviceAttr(in KvmDeviceAttr attribute) => DeviceAttributes.Set(Live, attribute);
}
