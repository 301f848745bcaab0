using System;

namespace VmcsGen.Kvm;

// Capabilities that are turned on for one vCPU.
public sealed unsafe partial class KvmVcpu
{
    /// <summary>Turns on a capability of this vCPU that is off by default.</summary>
    /// <remarks>Announced by KVM_CAP_ENABLE_CAP. Source: Documentation/virt/kvm/api.rst 4.37.</remarks>
    /// <param name="capability">The capability and its arguments.</param>
    /// <exception cref="ArgumentException">
    /// The capability is HypervEnlightenedVmcs: KVM would write to the address in its argument. Use
    /// <see cref="EnableEnlightenedVmcs"/>.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_ENABLE_CAP"/> tells the reasons.</exception>
    [NativeName("KVM_ENABLE_CAP")]
    public void EnableCap(in KvmEnableCap capability)
    {
        if (capability.Cap == KvmCapability.HypervEnlightenedVmcs)
        {
            throw new ArgumentException(
                $"KVM writes to the address that {capability.Cap} has as argument: use {nameof(EnableEnlightenedVmcs)}.",
                nameof(capability)
            );
        }
        KvmEnableCap copy = capability;
        Live.Ioctl(KvmIoctl.KVM_ENABLE_CAP, &copy, capability.Cap, static capability => capability.ToString());
    }

    /// <summary>Turns on a capability of this vCPU that is off by default.</summary>
    /// <remarks>Announced by KVM_CAP_ENABLE_CAP. Source: Documentation/virt/kvm/api.rst 4.37.</remarks>
    /// <param name="capability">The capability.</param>
    /// <param name="arguments">Its arguments, up to 4; their meaning belongs to the capability.</param>
    /// <exception cref="ArgumentException">
    /// There are more than 4 arguments, or the capability is HypervEnlightenedVmcs: use <see cref="EnableEnlightenedVmcs"/>.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_ENABLE_CAP"/> tells the reasons.</exception>
    [NativeName("KVM_ENABLE_CAP")]
    public void EnableCap(KvmCapability capability, params ReadOnlySpan<ulong> arguments) =>
        EnableCap(KvmVm.CapabilityWith(capability, arguments));

    /// <summary>Lets the guest use enlightened VMCSs instead of VMREAD and VMWRITE, in nested VMX under Hyper-V's interface.</summary>
    /// <remarks>
    /// Enables KVM_CAP_HYPERV_ENLIGHTENED_VMCS. Since Linux 4.20. Source: Documentation/virt/kvm/api.rst 4.37.
    /// </remarks>
    /// <returns>The supported versions: the lowest in bits 7:0, the highest in bits 15:8.</returns>
    /// <exception cref="KvmException">
    /// The kernel refused. ENOTTY: The host has no nested VMX. EINVAL: This KVM has no Hyper-V interfaces.
    /// </exception>
    [NativeName("KVM_ENABLE_CAP")]
    public ushort EnableEnlightenedVmcs()
    {
        ushort version = 0;
        KvmEnableCap enable = new() { Cap = KvmCapability.HypervEnlightenedVmcs };
        enable.Args[0] = (ulong)&version;
        Live.Ioctl(KvmIoctl.KVM_ENABLE_CAP, &enable, enable.Cap, static capability => capability.ToString());
        return version;
    }
}
