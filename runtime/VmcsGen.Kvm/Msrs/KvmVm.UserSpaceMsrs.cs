using System;

namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVm
{
    private const KvmMsrExitReason KnownMsrReasons = KvmMsrExitReason.Inval | KvmMsrExitReason.Unknown | KvmMsrExitReason.Filter;

    /// <summary>
    /// Chooses which RDMSR and WRMSR that would fault in the guest end Run instead, with X86Rdmsr or X86Wrmsr: those of MSRs that
    /// KVM does not know, with values that it refuses, or denied by <see cref="X86SetMsrFilter"/>. Each call replaces the last.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_X86_USER_SPACE_MSR. Since Linux 5.10. Source: Documentation/virt/kvm/api.rst 7.21.</remarks>
    /// <param name="reasons">Which; none ends it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A reason has no name here.</exception>
    /// <exception cref="KvmException">The kernel refused. EINVAL: It does not know this capability.</exception>
    [NativeName("KVM_ENABLE_CAP")]
    public void EnableUserSpaceMsrs(KvmMsrExitReason reasons)
    {
        if ((reasons & ~KnownMsrReasons) != 0)
            throw new ArgumentOutOfRangeException(
                nameof(reasons),
                reasons,
                $"The reasons are {KnownMsrReasons}; use EnableCap for newer ones."
            );
        EnableCap(KvmCapability.X86UserSpaceMsr, (ulong)reasons);
    }
}
