using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

// Lists whose length only KVM knows.
public sealed unsafe partial class KvmHost
{
    /// <summary>
    /// The CPUID answers that the host and KVM can give a guest; to be adapted and given to <see cref="KvmVcpu.SetCpuid2(CpuidBuilder)"/>.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_EXT_CPUID. Source: Documentation/virt/kvm/api.rst 4.46.</remarks>
    /// <returns>The entries, without unused room.</returns>
    /// <exception cref="KvmException">The kernel refused. ENOMEM: The kernel has no memory for the list.</exception>
    [NativeName("KVM_GET_SUPPORTED_CPUID")]
    public KvmBuffer<KvmCpuid2, KvmCpuidEntry2> GetSupportedCpuid() =>
        KvmLists.Read<KvmCpuid2, KvmCpuidEntry2>(Live, KvmIoctl.KVM_GET_SUPPORTED_CPUID, KvmLists.LikelyCpuidEntries);

    /// <summary>The CPUID features that KVM emulates in software although the host lacks them.</summary>
    /// <remarks>Announced by KVM_CAP_EXT_EMUL_CPUID. Source: Documentation/virt/kvm/api.rst 4.88.</remarks>
    /// <returns>The entries, without unused room.</returns>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_GET_EMULATED_CPUID")]
    public KvmBuffer<KvmCpuid2, KvmCpuidEntry2> GetEmulatedCpuid() =>
        KvmLists.Read<KvmCpuid2, KvmCpuidEntry2>(Live, KvmIoctl.KVM_GET_EMULATED_CPUID, KvmLists.LikelyCpuidEntries);

    /// <summary>The Hyper-V CPUID leaves that KVM can offer to any vCPU.</summary>
    /// <remarks>Announced by KVM_CAP_SYS_HYPERV_CPUID. Source: Documentation/virt/kvm/api.rst 4.118.</remarks>
    /// <returns>The entries, without unused room.</returns>
    /// <exception cref="KvmException">
    /// The kernel refused. EINVAL or ENOTTY: This KVM has no Hyper-V interfaces, or tells of them on a vCPU only.
    /// </exception>
    [NativeName("KVM_GET_SUPPORTED_HV_CPUID")]
    public KvmBuffer<KvmCpuid2, KvmCpuidEntry2> GetSupportedHvCpuid() =>
        KvmLists.Read<KvmCpuid2, KvmCpuidEntry2>(Live, KvmIoctl.KVM_GET_SUPPORTED_HV_CPUID, KvmLists.LikelyCpuidEntries);

    /// <summary>The numbers of the MSRs whose state belongs to a vCPU: what to save and restore.</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.3.</remarks>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_GET_MSR_INDEX_LIST")]
    public uint[] GetMsrIndexList() => KvmLists.Read<KvmMsrList, uint>(Live, KvmIoctl.KVM_GET_MSR_INDEX_LIST, guess: 0).Entries.ToArray();

    /// <summary>
    /// The numbers of the MSRs that describe features of the host, such as the VMX capabilities. <see cref="GetMsrs"/> reads them.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_GET_MSR_FEATURES. Source: Documentation/virt/kvm/api.rst 4.3.</remarks>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_GET_MSR_FEATURE_INDEX_LIST")]
    public uint[] GetMsrFeatureIndexList() =>
        KvmLists.Read<KvmMsrList, uint>(Live, KvmIoctl.KVM_GET_MSR_FEATURE_INDEX_LIST, guess: 0).Entries.ToArray();
}
