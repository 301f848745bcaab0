using System;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Lifetime;

/// <summary>Programs that drop what they do not need any more have the collector come before descriptors run out.</summary>
public class DroppedObjectTests
{
    [Fact]
    public void Dropped_memory_with_files_does_not_pile_up()
    {
        var most = 0;
        for (var i = 0; i < TestHost.Many(20_000, emulated: 5_000); i++)
        {
            Drop();
            if (i % 25 == 0)
                most = Math.Max(most, Descriptors());
        }
        // How many there are at once depends on when the finalizers get a processor; not on how many were dropped.
        Assert.InRange(most, 0, 1_500);
    }

    [Fact]
    public void Dropped_VMs_do_not_pile_up()
    {
        using var host = TestHost.Open();
        var most = 0;
        for (var i = 0; i < TestHost.Many(3_000, emulated: 1_000); i++)
        {
            DropVm(host);
            if (i % 10 == 0)
                most = Math.Max(most, Descriptors());
        }
        Assert.InRange(most, 0, 1_500); // Each VM opens two, so that there would be 6,000.
    }

    [Fact]
    public void Limit_on_open_files_is_not_reached_by_dropped_VMs()
    {
        using var host = TestHost.Open();
        DropVm(host); // So that all that is needed is loaded.
        using (HostLimits.NewDescriptors(40))
        {
            for (var i = 0; i < 100; i++)
                DropVm(host);
        }
    }

    private static int Descriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop() => GuestMemory.AllocateShared(0x10_0000);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropVm(KvmHost host) => host.CreateVm().CreateVcpu(0);
}
