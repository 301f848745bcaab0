using System.Collections.Generic;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Errors;

/// <summary>Failures of ioctls that only a project's own specs know, told as those of the built-in ones.</summary>
public class OwnIoctlTests
{
    private const uint Unknown = 0xAEFE;

    [Fact]
    public void Name_argument_and_meaning_are_those_of_the_spec()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        var errors = new Dictionary<string, string> { ["ENOTTY"] = "Patch the kernel.", ["EINVAL"] = "Patch the kernel." };
        var ioctl = new IoctlInfo(Unknown, "KVM_ACME_SET_MODE") { Parameter = "mode", Errors = errors };

        foreach (var descriptor in new IKvmDescriptor[] { host, vm, vcpu })
        {
            var refusal = Assert.Throws<KvmException>(() => descriptor.UnsafeIoctl(ioctl, 7));
            Assert.Equal("KVM_ACME_SET_MODE", refusal.Operation);
            Assert.StartsWith("KVM_ACME_SET_MODE (mode 7) failed: E", refusal.Message, System.StringComparison.Ordinal);
            Assert.Equal("Patch the kernel.", refusal.Remedy);
            Assert.Null(refusal.MissingCapability);
        }
    }

    [Fact]
    public void Capability_that_this_KVM_lacks_is_the_reason()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var ioctl = new IoctlInfo(Unknown, "KVM_ACME_QUERY") { Capability = "KVM_CAP_ACME", CapabilityNumber = 10001 };
        var query = 0ul;

        var refusal = Assert.Throws<KvmException>(() => vm.UnsafeIoctl(ioctl, in query));

        Assert.Equal((KvmCapability)10001, refusal.MissingCapability);
        Assert.Equal("This KVM does not have KVM_CAP_ACME, which announces it: ask with Has before.", refusal.Remedy);
    }

    [Theory]
    [InlineData("KVM_CAP_NR_VCPUS")] // Every KVM has it: so it does not explain the failure.
    [InlineData("KVM_CAP_ACME")]
    [InlineData(null)]
    public void Capability_that_explains_nothing_is_not_named(string? capability)
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var ioctl = new IoctlInfo(Unknown, "KVM_ACME_QUERY") { Capability = capability };

        var refusal = Assert.Throws<KvmException>(() => vm.UnsafeIoctl(ioctl, 0));

        Assert.Null(refusal.MissingCapability);
        Assert.Equal("This host's KVM does not offer the ioctl. Check the capability that announces it.", refusal.Remedy);
    }
}
