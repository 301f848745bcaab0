using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVcpu
{
    /// <summary>
    /// Opens the vCPU's statistics: a file that begins with <see cref="KvmStatsHeader"/>. It may outlive the vCPU and keeps
    /// the kernel's side of the VM.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_BINARY_STATS_FD. Since Linux 5.14. Source: Documentation/virt/kvm/api.rst 4.133.</remarks>
    /// <returns>A new descriptor, owned by the caller.</returns>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_STATS_FD"/> tells the reasons.</exception>
    [NativeName("KVM_GET_STATS_FD")]
    public SafeFileHandle GetStatsFd() => OwnedDescriptor.Of(Live, KvmIoctl.KVM_GET_STATS_FD);

    /// <summary>Opens the vCPU's statistics and reads what the kernel says about each.</summary>
    /// <remarks>Announced by KVM_CAP_BINARY_STATS_FD. Since Linux 5.14. Source: Documentation/virt/kvm/api.rst 4.133.</remarks>
    /// <returns>The statistics, owned by the caller; they may outlive the vCPU.</returns>
    /// <exception cref="KvmException">The kernel refused, for the reasons of <see cref="GetStatsFd"/>.</exception>
    [NativeName("KVM_GET_STATS_FD")]
    public KvmStatistics OpenStatistics() => KvmStatistics.Open(GetStatsFd());
}
