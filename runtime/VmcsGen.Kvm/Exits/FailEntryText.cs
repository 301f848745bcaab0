using System.Runtime.Intrinsics.X86;

namespace VmcsGen.Kvm;

/// <summary>
/// Says why a processor refused to enter the guest. Of VMX it is an exit reason with bit 31 set or a VM-instruction error, of SVM an
/// exit code. Source: SDM 3C 27.8, 27.7, 31.4 and appendix C; AMD APM 2 15.5 and appendix C.
/// </summary>
internal static class FailEntryText
{
    private const ulong VmxEntryFailure = 0x8000_0000;
    private const int SvmBit = 2;

    internal static string Describe(ulong reason) => Describe(reason, IsSvm);

    internal static string Describe(ulong reason, bool isSvm)
    {
        string? meaning = isSvm ? MeaningOnSvm(reason) : MeaningOnVmx(reason);
        return meaning is null ? $"hardware reason 0x{reason:X}" : $"hardware reason 0x{reason:X}, {meaning}";
    }

    private static bool IsSvm => X86Base.IsSupported && (X86Base.CpuId(unchecked((int)0x8000_0001), 0).Ecx & 1 << SvmBit) != 0;

    private static string? MeaningOnVmx(ulong reason) =>
        reason switch
        {
            VmxEntryFailure | 33 =>
                "VM entry failed due to invalid guest state (exit reason 33): look at what KVM_SET_SREGS and KVM_SET_REGS were given, and with "
                    + "the kvm_intel parameter dump_invalid_vmcs=1 the kernel log shows the VMCS",
            VmxEntryFailure | 34 => "VM entry failed due to MSR loading (exit reason 34): look at the MSRs that KVM_SET_MSRS was given",
            VmxEntryFailure | 41 => "VM entry failed due to a machine-check event (exit reason 41): the kernel log of the host says more",
            7 =>
                "VM entry with invalid control fields (VM-instruction error 7): KVM or the hypervisor below it has set them; see the kernel log",
            8 =>
                "VM entry with invalid host-state fields (VM-instruction error 8): KVM or the hypervisor below it has set them; see the kernel log",
            _ => null,
        };

    // KVM gives the low 32 bits or all 64 of -1.
    private static string? MeaningOnSvm(ulong reason) =>
        reason is uint.MaxValue or ulong.MaxValue
            ? "invalid guest state in the VMCB (VMEXIT_INVALID): look at what KVM_SET_SREGS was given, and with the kvm_amd parameter "
                + "dump_invalid_vmcb=1 the kernel log shows the VMCB"
            : null;
}
