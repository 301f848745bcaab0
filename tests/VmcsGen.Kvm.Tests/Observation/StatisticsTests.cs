using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Observation;

/// <summary>KVM_GET_STATS_FD on a VM and on a vCPU.</summary>
public class StatisticsTests
{
    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Exits_of_the_vCPU_are_counted(GuestMode mode)
    {
        using var guest = Create(mode);
        using var file = guest.Vcpu.GetStatsFd();
        var before = StatisticsFile.ReadAll(file);

        for (var i = 0; i < 5; i++)
            guest.RunToOut(GuestPrograms.Port);

        var after = StatisticsFile.ReadAll(file);
        Assert.Equal(before.Count, after.Count);
        Assert.InRange(after["exits"] - before["exits"], 5ul, 500ul); // The host's own interrupts may add some.
        Assert.Matches("^kvm-[0-9]+/vcpu-0$", StatisticsFile.ReadId(file));
    }

    [Fact]
    public void VM_has_statistics_of_its_own()
    {
        using var guest = Create();
        using var file = guest.Vm.GetStatsFd();

        guest.RunToOut(GuestPrograms.Port);

        Assert.Contains("remote_tlb_flush", StatisticsFile.ReadAll(file).Keys);
        Assert.DoesNotContain("exits", StatisticsFile.ReadAll(file).Keys);
        Assert.Matches("^kvm-[0-9]+$", StatisticsFile.ReadId(file));
    }

    [Fact]
    public void Statistics_can_be_read_after_the_vCPU_and_the_VM_were_disposed_of()
    {
        var before = KvmResources.Count();
        var guest = Create();
        guest.RunToOut(GuestPrograms.Port);
        using (var ofVcpu = guest.Vcpu.GetStatsFd())
        using (var ofVm = guest.Vm.GetStatsFd())
        {
            guest.Dispose();

            Assert.InRange(StatisticsFile.ReadAll(ofVcpu)["exits"], 1ul, 100ul);
            Assert.NotEmpty(StatisticsFile.ReadAll(ofVm));
        }
        Assert.Equal(before, KvmResources.Count());
    }

    [Fact]
    public void Failure_names_the_ioctl_and_leaves_no_descriptor()
    {
        using var guest = Create();
        var before = KvmResources.Count();

        using (HostLimits.NoNewDescriptors())
        {
            foreach (var open in new Action[] { () => guest.Vm.GetStatsFd(), () => guest.Vcpu.GetStatsFd() })
            {
                var refusal = Assert.Throws<KvmException>(open);
                Assert.Equal("KVM_GET_STATS_FD", refusal.Operation);
                Assert.Equal(Errno.EMFILE, refusal.Errno);
            }
        }

        Assert.Equal(before, KvmResources.Count());
        guest.Vcpu.Dispose();
        guest.Vm.Dispose();
        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.GetStatsFd());
        Assert.Throws<ObjectDisposedException>(() => guest.Vm.GetStatsFd());
    }

    private static Guest Create(GuestMode mode = GuestMode.LongUser) =>
        Guest.Create(mode, GuestPrograms.ReportForEver, null, KvmCapability.BinaryStatsFd);
}
