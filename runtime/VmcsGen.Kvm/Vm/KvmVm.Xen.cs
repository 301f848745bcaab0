using System;

namespace VmcsGen.Kvm;

// Xen guests. KVM follows the addresses it is given here long after the call: the VM keeps the memory for as long as it lives.
public sealed unsafe partial class KvmVm
{
    private const int MaxHypercallPages = byte.MaxValue;

    /// <summary>Sets up Xen hypercalls: KVM makes up the hypercall page, and hypercalls exit as KVM_EXIT_XEN.</summary>
    /// <remarks>Announced by KVM_CAP_XEN_HVM. Source: Documentation/virt/kvm/api.rst 4.28.</remarks>
    /// <param name="msr">The MSR whose write installs the page, 0x40000000 to 0x4FFFFFFF.</param>
    /// <param name="flags">InterceptHcall; other flags as KVM_CAP_XEN_HVM reports them.</param>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_XEN_HVM_CONFIG"/> tells the reasons.</exception>
    [NativeName("KVM_XEN_HVM_CONFIG")]
    public void XenHvmConfig(uint msr, KvmXenHvmConfigFlags flags = KvmXenHvmConfigFlags.InterceptHcall)
    {
        KvmXenHvmConfig config = new() { Msr = msr, Flags = flags };
        Live.Ioctl(KvmIoctl.KVM_XEN_HVM_CONFIG, &config, msr, static msr => $"MSR 0x{msr:X}");
    }

    /// <summary>Sets up Xen hypercall pages that the VMM supplies; KVM copies one into the guest when it writes the MSR.</summary>
    /// <remarks>Announced by KVM_CAP_XEN_HVM. Source: Documentation/virt/kvm/api.rst 4.28.</remarks>
    /// <param name="msr">The MSR whose write installs the page, 0x40000000 to 0x4FFFFFFF.</param>
    /// <param name="pages32">The pages for 32-bit guests, up to 255; null for none.</param>
    /// <param name="pages64">The pages for 64-bit guests, up to 255; null for none.</param>
    /// <exception cref="ArgumentException">There are more than 255 pages.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_XEN_HVM_CONFIG"/> tells the reasons.</exception>
    [NativeName("KVM_XEN_HVM_CONFIG")]
    public void XenHvmConfig(uint msr, GuestMemory? pages32, GuestMemory? pages64)
    {
        KvmXenHvmConfig config = new()
        {
            Msr = msr,
            BlobSize32 = HypercallPages(pages32, nameof(pages32)),
            BlobSize64 = HypercallPages(pages64, nameof(pages64)),
        };
        using KeptMemory kept32 = new(Live, pages32);
        using KeptMemory kept64 = new(Live, pages64);
        config.BlobAddr32 = kept32.Address;
        config.BlobAddr64 = kept64.Address;
        Live.Ioctl(KvmIoctl.KVM_XEN_HVM_CONFIG, &config, msr, static msr => $"MSR 0x{msr:X}");
        kept32.Keep();
        kept64.Keep();
    }

    /// <summary>Sets an attribute of a Xen VM.</summary>
    /// <remarks>Announced by KVM_CAP_XEN_HVM. Since Linux 5.12. Source: Documentation/virt/kvm/api.rst 4.126.</remarks>
    /// <param name="attribute">The attribute and its value.</param>
    /// <exception cref="ArgumentException">
    /// The attribute is SharedInfoHva, an address that KVM writes to: use <see cref="XenHvmSetSharedInfo"/>.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_XEN_HVM_SET_ATTR"/> tells the reasons.</exception>
    [NativeName("KVM_XEN_HVM_SET_ATTR")]
    public void XenHvmSetAttr(in KvmXenHvmAttr attribute)
    {
        if (attribute.Type == KvmXenAttributeType.SharedInfoHva)
        {
            throw new ArgumentException(
                $"KVM writes to the address that {attribute.Type} is: use {nameof(XenHvmSetSharedInfo)}.",
                nameof(attribute)
            );
        }
        fixed (KvmXenHvmAttr* pointer = &attribute)
            Ioctl(KvmIoctl.KVM_XEN_HVM_SET_ATTR, pointer);
    }

    /// <summary>Names the shared info page of a Xen VM by where it lies in this process.</summary>
    /// <remarks>
    /// Sets the attribute SharedInfoHva. Announced by the bit SharedInfoHva of KVM_CAP_XEN_HVM. Since Linux 6.9.
    /// Source: Documentation/virt/kvm/api.rst 4.126.
    /// </remarks>
    /// <param name="memory">The memory that holds the page; null for no page.</param>
    /// <param name="offset">Where the page begins in it, in bytes.</param>
    /// <exception cref="ArgumentException">There is no page at the offset.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_XEN_HVM_SET_ATTR"/> tells the reasons.</exception>
    [NativeName("KVM_XEN_HVM_SET_ATTR")]
    public void XenHvmSetSharedInfo(GuestMemory? memory, ulong offset = 0)
    {
        RequireWithin(memory, offset, GuestMemory.PageSize);
        using KeptMemory kept = new(Live, memory);
        KvmXenHvmAttr attribute = new() { Type = KvmXenAttributeType.SharedInfoHva };
        attribute.Value.SharedInfo.Hva = memory is null ? 0 : kept.Address + offset;
        Ioctl(KvmIoctl.KVM_XEN_HVM_SET_ATTR, &attribute);
        kept.Keep();
    }

    internal static void RequireWithin(GuestMemory? memory, ulong offset, int length)
    {
        if (memory is null || (offset <= memory.Size && (ulong)length <= memory.Size - offset))
            return;
        throw new ArgumentException(
            $"{length} bytes at offset 0x{offset:X} do not lie within guest memory of 0x{memory.Size:X} bytes.",
            nameof(offset)
        );
    }

    private static byte HypercallPages(GuestMemory? pages, string parameter)
    {
        ulong count = pages is null ? 0 : pages.Size / GuestMemory.PageSize;
        return count <= MaxHypercallPages
            ? (byte)count
            : throw new ArgumentException($"There can be {MaxHypercallPages} hypercall pages, not {count}.", parameter);
    }
}
