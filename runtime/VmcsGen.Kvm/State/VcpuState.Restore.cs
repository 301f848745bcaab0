using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.X86;

namespace VmcsGen.Kvm;

public sealed partial class VcpuState
{
    private const uint Ia32Tsc = (uint)X86Msr.Ia32Tsc;
    private const uint Ia32FeatureControl = 0x3A;
    private const uint Ia32TscDeadline = (uint)X86Msr.Ia32TscDeadline;
    private const uint FirstVmxCapability = 0x480;
    private const uint LastVmxCapability = 0x493;

    /// <summary>
    /// Writes the state into a vCPU that is not inside Run, best one that never ran: KVM does not let CPUID change later. The
    /// VM's memory must be there already, for MSRs such as those of kvmclock point into it.
    /// </summary>
    /// <param name="vcpu">The vCPU; it may have another id.</param>
    /// <returns>
    /// What this host did not take and a guest may do without: single MSRs, and the frequency of the time-stamp counter. MSR
    /// 0x10, the counter itself, is named if it stands before where it was. Empty if all is as it was.
    /// </returns>
    /// <exception cref="KvmException">The kernel refused a piece; the vCPU is in no defined state then.</exception>
    public IReadOnlyList<StateGap> RestoreTo(KvmVcpu vcpu)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        List<StateGap> gaps = [];

        // Each comment says what the step must come after. "x86.c" is arch/x86/kvm/x86.c of Linux, where each ioctl is done.

        // CPUID decides which bits of CR4, EFER and XCR0, which states and which MSRs exist (kvm_vcpu_after_set_cpuid).
        vcpu.SetCpuid2(new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>([.. Cpuid]));

        // Before the MSRs: what IA32_TSC is set to counts in this frequency (kvm_synchronize_tsc in x86.c).
        RestoreTscFrequency(vcpu, gaps);

        // VMX in IA32_FEATURE_CONTROL and the capability MSRs decide whether CR4.VMXE and a nested state are allowed.
        RestoreMsrs(vcpu, gaps, IsVmxCapability);

        // After CPUID. It brings IA32_APIC_BASE, so that the APIC has its mode (xAPIC or x2APIC) when its registers come.
        RestoreSregs(vcpu);

        // After SREGS, which has EFER.SVME and CR4.VMXE; before what belongs to the nested guest if that is running.
        if (NestedState is not null)
            vcpu.SetNestedState(NestedState);

        // XCR0 after CPUID leaf 0xD; the states after XCR0, which they must fit into.
        if (Xcrs is { NrXcrs: > 0 } xcrs)
            vcpu.SetXcrs(xcrs);
        if (Xsave is not null)
            vcpu.SetXsave(Extended(Xsave, vcpu.XsaveSize));
        else if (Fpu is { } fpu)
            vcpu.SetFpu(fpu);
        if (DebugRegs is { } debugRegs)
            vcpu.SetDebugregs(debugRegs);

        // After SREGS: CR8 there would replace the task priority, and the mode decides how the APIC id is read
        // (kvm_apic_set_state in arch/x86/kvm/lapic.c).
        if (Lapic is { } lapic)
            vcpu.SetLapic(lapic);

        // After the local APIC: the deadline is ignored unless the timer is in deadline mode (kvm_set_lapic_tscdeadline_msr),
        // and it must come after IA32_TSC, with which it is compared.
        RestoreMsrs(vcpu, gaps, static msr => !IsVmxCapability(msr) && msr != Ia32TscDeadline);
        RestoreMsrs(vcpu, gaps, static msr => msr == Ia32TscDeadline);
        NoteTscThatStayed(vcpu, gaps);

        // Before the events: KVM_SET_REGS drops a pending exception (__set_regs in x86.c).
        vcpu.SetRegs(Regs);
        if (Events is { } events)
            vcpu.SetVcpuEvents(events);

        // After SREGS, which makes a boot CPU with the registers of a reset runnable (__set_sregs_common in x86.c).
        if (MultiprocessingState is { } mpState)
            vcpu.SetMpState(mpState);
        return gaps;
    }

    internal static bool IsVmxCapability(uint msr) => msr is Ia32FeatureControl or (>= FirstVmxCapability and <= LastVmxCapability);

    // States that only this host has begin as after reset, which an area without them means. Of states that only the other host
    // had, KVM refuses those that were in use.
    private static byte[] Extended(byte[] xsave, int size)
    {
        if (xsave.Length < size)
            Array.Resize(ref xsave, size);
        return xsave;
    }

    private void RestoreTscFrequency(KvmVcpu vcpu, List<StateGap> gaps)
    {
        if (TscKhz is not { } frequency)
            return;
        Optional(
            gaps,
            StatePart.TscFrequency,
            () =>
            {
                if ((uint)vcpu.GetTscKhz() != frequency)
                    vcpu.SetTscKhz((int)frequency);
                return 0;
            }
        );
    }

    private void RestoreMsrs(KvmVcpu vcpu, List<StateGap> gaps, Func<uint, bool> belongs)
    {
        foreach (var refused in vcpu.WriteMsrs([.. Msrs.Where(msr => belongs(msr.Index))]))
            gaps.Add(new(StatePart.Msr, refused, 0));
    }

    // Some KVMs accept IA32_TSC and let the guest see the host's counter all the same.
    private void NoteTscThatStayed(KvmVcpu vcpu, List<StateGap> gaps)
    {
        if (FindMsr(Ia32Tsc) is not { } tsc)
            return;
        foreach (var now in vcpu.ReadMsrs([Ia32Tsc], out _))
        {
            if (now.Data < tsc)
                gaps.Add(new(StatePart.Msr, Ia32Tsc, 0));
        }
    }

    private void RestoreSregs(KvmVcpu vcpu)
    {
        var sregs2 = Sregs;
        if (sregs2.Flags != 0 || vcpu.HasSregs2)
        {
            vcpu.SetSregs2(sregs2);
            return;
        }
        // The older form has the interrupt that is being delivered, too; the events, which follow, bring it in either case.
        KvmSregs sregs = default;
        CommonPart(ref sregs2).CopyTo(CommonPart(ref sregs));
        vcpu.SetSregs(sregs);
    }
}
