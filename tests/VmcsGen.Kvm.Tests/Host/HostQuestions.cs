using System;
using System.Linq;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Host;

public class HostQuestions
{
    [Fact]
    public void API_version_is_12()
    {
        using var host = TestHost.Open();

        Assert.Equal(12, host.ApiVersion);
        Assert.Equal(12, host.GetApiVersion());
    }

    [Fact]
    public void Probe_of_a_host_with_KVM_finds_nothing_wrong()
    {
        using var host = TestHost.Open();

        Assert.Null(KvmHost.Probe());
    }

    [Fact]
    public void Run_page_has_room_for_kvm_run_and_the_data_page()
    {
        using var host = TestHost.Open();

        Assert.Equal(0, host.VcpuMmapSize % 4096);
        Assert.InRange(host.VcpuMmapSize, 2 * 4096, 64 * 4096);
    }

    [Fact]
    public void Capabilities_that_every_KVM_has_are_found()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();

        KvmCapability[] everywhere =
        [
            KvmCapability.UserMemory,
            KvmCapability.SetTssAddr,
            KvmCapability.ImmediateExit,
            KvmCapability.NrMemslots,
        ];
        foreach (var capability in everywhere)
        {
            Assert.True(host.Has(capability), $"{capability}");
            Assert.True(vm.Has(capability), $"{capability}");
            Assert.Equal(host.Check(capability), host.UnsafeIoctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)capability));
        }
        Assert.InRange(host.Check(KvmCapability.NrMemslots), 32, int.MaxValue);
    }

    [Fact]
    public void Capability_that_no_kernel_has_is_absent_and_no_error()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();

        Assert.Equal(0, host.Check((KvmCapability)0x7FFF_FFFF));
        Assert.False(vm.Has((KvmCapability)0x7FFF_FFFF));
    }

    [Fact]
    public void Capabilities_of_other_architectures_are_absent()
    {
        using var host = TestHost.Open();

        Assert.False(host.Has(KvmCapability.PpcGuestDebugSstep));
    }

    [Fact]
    public void Limits_of_vCPUs_are_in_order()
    {
        using var host = TestHost.Open();

        Assert.InRange(host.RecommendedVcpus, 1, host.MaxVcpus);
        Assert.InRange(host.MaxVcpus, 1, host.MaxVcpuId);
    }

    [Fact]
    public void Feature_MSRs_are_listed_and_can_be_read()
    {
        using var host = TestHost.Open(KvmCapability.GetMsrFeatures);
        var list = new KvmBuffer<KvmMsrList, uint>(1000);

        host.GetMsrFeatureIndexList(list);

        Assert.InRange(list.Count, 1, 1000);
        KvmMsrEntry[] entries = [.. list.Entries.ToArray().Select(static index => new KvmMsrEntry { Index = index })];
        var msrs = new KvmBuffer<KvmMsrs, KvmMsrEntry>(entries);
        Assert.InRange(host.GetMsrs(msrs), 1, list.Count);
    }

    [Fact]
    public void Ordinary_machine_type_is_offered_and_an_unknown_one_is_refused_with_the_remedy()
    {
        using var host = TestHost.Open();
        using (host.CreateVm(0)) { }

        var refusal = Assert.Throws<KvmException>(() => host.CreateVm(0x7777));

        Assert.Equal("KVM_CREATE_VM", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
        Assert.Equal("EINVAL", refusal.ErrnoName);
        Assert.NotNull(refusal.Remedy);
        Assert.Contains("KVM_CAP_VM_TYPES", refusal.Remedy, StringComparison.Ordinal);
        Assert.Contains("30583", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ioctl_that_the_kernel_does_not_know_is_named_by_its_number()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        const uint Unknown = 0xAEFE;

        foreach (var descriptor in new IKvmDescriptor[] { host, vm, vcpu })
        {
            var refusal = Assert.Throws<KvmException>(() => descriptor.UnsafeIoctl(Unknown, 0));
            Assert.Equal("ioctl 0x0000AEFE", refusal.Operation);
            Assert.True(refusal.Errno is Errno.ENOTTY or Errno.EINVAL, refusal.Message);
        }
    }

    [Fact]
    public void Ioctl_on_the_wrong_descriptor_is_refused_by_name()
    {
        using var host = TestHost.Open();

        var refusal = Assert.Throws<KvmException>(() => host.UnsafeIoctl(KvmIoctl.KVM_CREATE_IRQCHIP, 0));

        Assert.Equal("KVM_CREATE_IRQCHIP", refusal.Operation);
    }
}
