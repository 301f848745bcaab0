using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

public sealed partial class VcpuState
{
    private const uint Ia32FeatureControl = 0x3A;
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
        new VcpuRestoration(this).Restore(vcpu, gaps);
        return gaps;
    }

    internal static bool IsVmxCapability(uint msr) => msr is Ia32FeatureControl or (>= FirstVmxCapability and <= LastVmxCapability);
}
