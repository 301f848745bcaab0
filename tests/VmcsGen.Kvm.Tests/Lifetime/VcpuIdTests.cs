using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Lifetime;

public class VcpuIdTests
{
    [Fact]
    public void Id_that_is_taken_is_refused_even_after_its_vCPU_was_disposed_of()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var vcpu = vm.CreateVcpu(3);

        AssertTaken();
        vcpu.Dispose();
        AssertTaken();

        using var other = vm.CreateVcpu(4);
        Assert.Equal(4, other.Id);

        void AssertTaken()
        {
            var refusal = Assert.Throws<KvmException>(() => vm.CreateVcpu(3));
            Assert.Equal("KVM_CREATE_VCPU", refusal.Operation);
            Assert.Equal(Errno.EEXIST, refusal.Errno);
            Assert.Equal("EEXIST", refusal.ErrnoName);
            Assert.Contains("vCPU 3", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("another id", refusal.Remedy!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Id_beyond_the_host_s_limit_is_refused_with_the_limit_s_name()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var limit = host.MaxVcpuId;

        var refusal = Assert.Throws<KvmException>(() => vm.CreateVcpu(limit));

        Assert.Equal(Errno.EINVAL, refusal.Errno);
        Assert.Contains($"vCPU {limit}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("KVM_CAP_MAX_VCPU_ID", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.CreateVcpu(-1));
        using var last = vm.CreateVcpu(limit - 1);
        Assert.Equal(limit - 1, last.Id);
    }
}
