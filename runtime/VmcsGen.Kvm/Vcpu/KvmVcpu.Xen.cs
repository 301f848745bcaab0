using System;

namespace VmcsGen.Kvm;

// vCPUs of Xen guests.
public sealed unsafe partial class KvmVcpu
{
    // The size of struct vcpu_info in Xen's interface.
    private const int XenVcpuInfoSize = 64;

    /// <summary>Sets an attribute of a vCPU of a Xen VM.</summary>
    /// <remarks>Announced by KVM_CAP_XEN_HVM. Since Linux 5.12. Source: Documentation/virt/kvm/api.rst 4.128.</remarks>
    /// <param name="attribute">The attribute and its value.</param>
    /// <exception cref="ArgumentException">
    /// The attribute is VcpuInfoHva, an address that KVM writes to: use <see cref="XenVcpuSetInfo"/>.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_XEN_VCPU_SET_ATTR"/> tells the reasons.</exception>
    [NativeName("KVM_XEN_VCPU_SET_ATTR")]
    public void XenVcpuSetAttr(in KvmXenVcpuAttr attribute)
    {
        if (attribute.Type == KvmXenVcpuAttributeType.VcpuInfoHva)
        {
            throw new ArgumentException(
                $"KVM writes to the address that {attribute.Type} is: use {nameof(XenVcpuSetInfo)}.",
                nameof(attribute)
            );
        }
        fixed (KvmXenVcpuAttr* pointer = &attribute)
            Ioctl(KvmIoctl.KVM_XEN_VCPU_SET_ATTR, pointer);
    }

    /// <summary>Names the vCPU info structure of a Xen VM by where it lies in this process.</summary>
    /// <remarks>
    /// Sets the attribute VcpuInfoHva. Announced by the bit SharedInfoHva of KVM_CAP_XEN_HVM. Since Linux 6.9.
    /// Source: Documentation/virt/kvm/api.rst 4.128.
    /// </remarks>
    /// <param name="memory">The memory that holds the structure, 64 bytes; null for none. The VM keeps it.</param>
    /// <param name="offset">Where the structure begins in it, in bytes.</param>
    /// <exception cref="ArgumentException">There are no 64 bytes at the offset.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_XEN_VCPU_SET_ATTR"/> tells the reasons.</exception>
    [NativeName("KVM_XEN_VCPU_SET_ATTR")]
    public void XenVcpuSetInfo(GuestMemory? memory, ulong offset = 0)
    {
        KvmVm.RequireWithin(memory, offset, XenVcpuInfoSize);
        using KeptMemory kept = new(Live.Vm, memory);
        KvmXenVcpuAttr attribute = new() { Type = KvmXenVcpuAttributeType.VcpuInfoHva };
        attribute.Value.Hva = memory is null ? 0 : kept.Address + offset;
        Ioctl(KvmIoctl.KVM_XEN_VCPU_SET_ATTR, &attribute);
        kept.Keep();
    }
}
