using System;
using System.Linq;
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
        Console.WriteLine(
            $"KVM API version {host.ApiVersion}; up to {host.MaxVcpus} vCPUs a VM; {host.VcpuMmapSize} bytes shared with each vCPU."
        );
        KvmCapability[] interesting =
        [
            KvmCapability.NrMemslots,
            KvmCapability.Irqchip,
            KvmCapability.Ioeventfd,
            KvmCapability.CoalescedMmio,
            KvmCapability.SyncRegs,
            KvmCapability.DirtyLogRing,
            KvmCapability.NestedState,
            KvmCapability.GuestMemfd,
        ];
        var description = host.Describe();
        Console.WriteLine(
            $"{description.Capabilities.Count(c => c.IsOffered)} of {description.Capabilities.Count} known capabilities, among them:"
        );
        foreach (var capability in description.Capabilities.Where(c => interesting.Contains(c.Capability)))
            Console.WriteLine(
                $"  {capability.NativeName, -22} {(capability.IsOffered ? capability.Value : "no"), 6}  {capability.Meaning}"
            );
    }
}
