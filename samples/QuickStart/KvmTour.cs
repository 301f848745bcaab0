using System;
using VmcsGen.Kvm;

namespace QuickStart;

/// <summary>Opens KVM, tells what it offers, and runs a guest in real mode and one in 64-bit user mode.</summary>
internal static class KvmTour
{
    public static bool Run(ushort a, ushort b)
    {
        if (!KvmHost.TryOpen(out var host, out var unavailable))
        {
            Console.WriteLine($"No guest can run here: {unavailable.Message}\n{unavailable.Remedy}");
            return true;
        }

        using (host)
        {
            DescribeHost(host);
            return RealModeGuest.Run(host, a, b) & LongModeGuest.Run(host, a, b);
        }
    }

    private static void DescribeHost(KvmHost host)
    {
        Console.WriteLine($"KVM API version {host.ApiVersion}; up to {host.MaxVcpus} vCPUs a VM; {host.VcpuMmapSize} bytes shared with each vCPU.");
        KvmCapability[] interesting =
        [
            KvmCapability.NrMemslots, KvmCapability.Irqchip, KvmCapability.Ioeventfd, KvmCapability.CoalescedMmio, KvmCapability.SyncRegs,
            KvmCapability.DirtyLogRing, KvmCapability.NestedState, KvmCapability.GuestMemfd,
        ];
        foreach (var capability in interesting)
        {
            var value = host.Check(capability);
            Console.WriteLine($"  {capability,-16} {(value == 0 ? "no" : value == 1 ? "yes" : $"yes ({value})")}");
        }
    }
}
