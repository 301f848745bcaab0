using System;

namespace VmcsGen.Kvm;

public sealed partial class KvmVcpu
{
    /// <summary>Defines what CPUID answers to the guest. Do so before the vCPU runs for the first time.</summary>
    /// <remarks>Announced by KVM_CAP_EXT_CPUID. Source: Documentation/virt/kvm/api.rst 4.46.</remarks>
    /// <param name="cpuid">The answers.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. E2BIG: There are more than 256 entries. EINVAL: The entries contradict what KVM can do, or the vCPU
    /// has run and they differ.
    /// </exception>
    [NativeName("KVM_SET_CPUID2")]
    public void SetCpuid2(CpuidBuilder cpuid)
    {
        ArgumentNullException.ThrowIfNull(cpuid);
        SetCpuid2(cpuid.ToBuffer());
    }
}
