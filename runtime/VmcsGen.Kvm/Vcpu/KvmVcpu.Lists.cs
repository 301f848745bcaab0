using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

// Lists whose length only KVM knows.
public sealed unsafe partial class KvmVcpu
{
    /// <summary>What <see cref="SetCpuid2(CpuidBuilder)"/> defined.</summary>
    /// <remarks>Announced by KVM_CAP_EXT_CPUID. Source: Documentation/virt/kvm/api.rst 4.46.</remarks>
    /// <returns>The entries, without unused room.</returns>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_GET_CPUID2")]
    public KvmBuffer<KvmCpuid2, KvmCpuidEntry2> GetCpuid2() =>
        // Kernels before 6.9 do not say how many they wrote. No entry is for a leaf of all ones.
        KvmLists.Read<KvmCpuid2, KvmCpuidEntry2>(
            Live,
            KvmIoctl.KVM_GET_CPUID2,
            KvmLists.LikelyCpuidEntries,
            unwritten: new KvmCpuidEntry2 { Function = uint.MaxValue }
        );

    /// <summary>The Hyper-V CPUID leaves that KVM can offer to this vCPU, after what was enabled on it.</summary>
    /// <remarks>Announced by KVM_CAP_HYPERV_CPUID. Source: Documentation/virt/kvm/api.rst 4.118.</remarks>
    /// <returns>The entries, without unused room.</returns>
    /// <exception cref="KvmException">The kernel refused. EINVAL: This KVM has no Hyper-V interfaces.</exception>
    [NativeName("KVM_GET_SUPPORTED_HV_CPUID")]
    public KvmBuffer<KvmCpuid2, KvmCpuidEntry2> GetSupportedHvCpuid() =>
        KvmLists.Read<KvmCpuid2, KvmCpuidEntry2>(Live, KvmIoctl.KVM_GET_SUPPORTED_HV_CPUID, KvmLists.LikelyCpuidEntries);

    /// <summary>The identifiers of the registers that <see cref="GetOneReg(ulong)"/> knows besides MSRs.</summary>
    /// <remarks>Announced by KVM_CAP_ONE_REG. Source: Documentation/virt/kvm/api.rst 4.84.</remarks>
    /// <exception cref="KvmException">The kernel refused. EINVAL: This KVM has no register list on x86 yet.</exception>
    [NativeName("KVM_GET_REG_LIST")]
    public ulong[] GetRegList() => KvmLists.Read<KvmRegList, ulong>(Live, KvmIoctl.KVM_GET_REG_LIST, guess: 0).Entries.ToArray();
}
