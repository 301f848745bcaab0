using System;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

// Attributes are how a device is configured.
public sealed unsafe partial class KvmDevice
{
    /// <summary>Tells whether the device has an attribute; it may still be that it cannot be read or written now.</summary>
    /// <remarks>Announced by KVM_CAP_DEVICE_CTRL. Source: Documentation/virt/kvm/api.rst 4.81.</remarks>
    /// <param name="group">The group, whose numbers belong to the kind of device.</param>
    /// <param name="attribute">The attribute's number within the group.</param>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_HAS_DEVICE_ATTR")]
    public bool HasDeviceAttr(uint group, ulong attribute) => DeviceAttributes.Has(Live, group, attribute);

    /// <summary>Makes a VFIO file known to the VM, or no longer known; for devices of the type VFIO.</summary>
    /// <remarks>Announced by KVM_CAP_DEVICE_CTRL. Source: Documentation/virt/kvm/devices/vfio.rst.</remarks>
    /// <param name="attribute">Whether to add or to remove the file.</param>
    /// <param name="file">A VFIO group or device.</param>
    /// <exception cref="ArgumentOutOfRangeException">The attribute has no name here, so that its size is not known.</exception>
    /// <exception cref="InvalidOperationException">The device is of another type.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused. EINVAL: The file is not a VFIO file. EEXIST: It is known already. ENOENT: The file to remove is not
    /// known. EBUSY: A vCPU is being created.
    /// </exception>
    [NativeName("KVM_SET_DEVICE_ATTR")]
    public void SetDeviceAttr(KvmVfioFileAttribute attribute, SafeHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (Type != KvmDeviceType.Vfio)
            throw new InvalidOperationException($"Files can be given to a device of the type {KvmDeviceType.Vfio}, and this is {Type}.");
        using var held = new HeldDescriptor(file);
        DeviceAttributes.SetInt32(Live, (uint)KvmVfioAttributeGroup.File, DeviceAttributes.Known(attribute), held.Number);
    }

    /// <summary>Reads an attribute that has no method here.</summary>
    /// <remarks>
    /// KVM writes as many bytes as the attribute has to the address: the caller vouches for them.
    /// Announced by KVM_CAP_DEVICE_CTRL. Source: Documentation/virt/kvm/api.rst 4.80.
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
    /// Announced by KVM_CAP_DEVICE_CTRL. Source: Documentation/virt/kvm/api.rst 4.80.
    /// </remarks>
    /// <param name="attribute">The attribute, and the address of its value.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. ENXIO: The attribute is unknown here. EPERM: It cannot be written, or not now. EFAULT: The address is bad.
    /// </exception>
    [NativeName("KVM_SET_DEVICE_ATTR")]
    public void UnsafeSetDeviceAttr(in KvmDeviceAttr attribute) => DeviceAttributes.Set(Live, attribute);
}
