using System;
using System.Collections.Generic;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// Finds what KVM does not accept in the argument of an ioctl that it refused with EINVAL, by KVM's own rules: those of the processor
/// for a vCPU with this CPUID. KVM itself does not say.
/// </summary>
internal static unsafe class RefusalReasons
{
    /// <summary>The reasons in words; null if the rules here are all kept.</summary>
    /// <param name="vcpu">The vCPU that was asked.</param>
    /// <param name="request">The ioctl.</param>
    /// <param name="argument">The address of what KVM has read.</param>
    internal static string? Find(KvmDescriptor vcpu, uint request, nuint argument)
    {
        List<string> broken = [];
        switch (request)
        {
            case KvmIoctl.KVM_SET_SREGS:
                ref readonly KvmSregs sregs = ref *(KvmSregs*)argument;
                SregsRules.Check(broken, CpuidOf(vcpu), new(sregs.Cr0, sregs.Cr3, sregs.Cr4, sregs.Efer, sregs.ApicBase, sregs.Cs.L != 0));
                break;
            case KvmIoctl.KVM_SET_SREGS2:
                ref readonly KvmSregs2 more = ref *(KvmSregs2*)argument;
                SregsRules.Check(broken, CpuidOf(vcpu), new(more.Cr0, more.Cr3, more.Cr4, more.Efer, more.ApicBase, more.Cs.L != 0));
                SregsRules.CheckPdptrs(broken, more);
                break;
            case KvmIoctl.KVM_SET_XCRS:
                XcrRules.Check(broken, CpuidOf(vcpu), *(KvmXcrs*)argument);
                break;
            case KvmIoctl.KVM_SET_XSAVE:
                XsaveRules.Check(broken, CpuidOf(vcpu), (byte*)argument);
                break;
            case KvmIoctl.KVM_SET_CPUID2:
                var header = (KvmCpuid2*)argument;
                CpuidRules.Check(broken, new ReadOnlySpan<KvmCpuidEntry2>(header + 1, (int)header->Nent), CpuidOf(vcpu));
                break;
            case KvmIoctl.KVM_SET_VCPU_EVENTS:
                EventRules.Check(broken, vcpu, *(KvmVcpuEvents*)argument);
                break;
        }
        return broken.Count == 0 ? null : string.Join(' ', broken);
    }

    /// <summary>A bit as messages name it.</summary>
    internal static string Bit(string register, string? name, int bit) =>
        name is null ? $"bit {bit} of {register}" : $"{register}.{name} (bit {bit})";

    private static CpuidBuilder CpuidOf(KvmDescriptor vcpu)
    {
        var cpuid = new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(KvmLists.LikelyCpuidEntries);
        int result = vcpu.TryIoctl(KvmIoctl.KVM_GET_CPUID2, (nuint)cpuid.UnsafePointer);
        GC.KeepAlive(cpuid);
        return new(result < 0 ? [] : cpuid.Entries);
    }
}
