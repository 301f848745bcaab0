using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Vm;

/// <summary>KVM_ENABLE_CAP on a VM and on a vCPU.</summary>
public class EnabledCapabilities
{
    [Fact]
    public void Enabled_capability_has_its_effect()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.mov(ecx, 0xDEAD_0001);
                code.rdmsr();
            },
            static vm => vm.EnableCap(KvmCapability.X86UserSpaceMsr, (ulong)KvmMsrExitReason.Unknown),
            KvmCapability.X86UserSpaceMsr
        );

        Assert.Equal(0xDEAD_0001u, guest.RunTo(KvmExitReason.X86Rdmsr).Msr.Index);
    }

    [Fact]
    public void Capability_of_a_vCPU_can_be_enabled_on_it()
    {
        using var host = TestHost.Open(KvmCapability.EnforcePvFeatureCpuid);
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        vcpu.EnableCap(KvmCapability.EnforcePvFeatureCpuid, 1);

        // Now kvmclock's MSR is there only if CPUID says so, and it does not.
        var clock = new KvmBuffer<KvmMsrs, KvmMsrEntry>([new KvmMsrEntry { Index = 0x4B56_4D01, Data = 0x7001 }]);
        Assert.Equal(0, vcpu.SetMsrs(clock));
        vcpu.EnableCap(KvmCapability.EnforcePvFeatureCpuid);
        Assert.Equal(1, vcpu.SetMsrs(clock));
    }

    [Fact]
    public void Capability_that_cannot_be_enabled_is_refused_and_the_message_names_it()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        foreach (var use in new Action[] { () => vm.EnableCap(KvmCapability.Irqchip, 1), () => vcpu.EnableCap(KvmCapability.Irqchip, 1) })
        {
            var refusal = Assert.Throws<KvmException>(use);
            Assert.Equal("KVM_ENABLE_CAP", refusal.Operation);
            Assert.Equal(Errno.EINVAL, refusal.Errno);
            Assert.Contains("(Irqchip)", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void More_than_4_arguments_are_refused_before_the_ioctl()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_ENABLE_CAP);
        Assert.Throws<ArgumentException>(() => vm.EnableCap(KvmCapability.X86UserSpaceMsr, 1, 2, 3, 4, 5));
        Assert.Throws<ArgumentException>(() => vcpu.EnableCap(KvmCapability.X86UserSpaceMsr, 1, 2, 3, 4, 5));
        Assert.Equal(0, ioctls.Calls);
    }

    [Fact]
    public void Capability_that_makes_KVM_write_to_an_address_has_a_method_of_its_own()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        using (var ioctls = LibcFault.Watch(KvmIoctl.KVM_ENABLE_CAP))
        {
            var refusal = Assert.Throws<ArgumentException>(() => vcpu.EnableCap(KvmCapability.HypervEnlightenedVmcs, 0x1000));
            Assert.Contains(nameof(KvmVcpu.EnableEnlightenedVmcs), refusal.Message, StringComparison.Ordinal);
            Assert.Equal(0, ioctls.Calls);
        }
        if (host.Has(KvmCapability.HypervEnlightenedVmcs))
            Assert.InRange(vcpu.EnableEnlightenedVmcs() & 0xFF, 1, 0xFF);
        else
            Assert.Equal("KVM_ENABLE_CAP", Assert.Throws<KvmException>(() => vcpu.EnableEnlightenedVmcs()).Operation);
    }

    [Fact]
    public void Enabling_is_refused_after_Dispose()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var vcpu = vm.CreateVcpu(0);
        vcpu.Dispose();
        vm.Dispose();

        Assert.Throws<ObjectDisposedException>(() => vm.EnableCap(KvmCapability.X86UserSpaceMsr, 1));
        Assert.Throws<ObjectDisposedException>(() => vcpu.EnableCap(KvmCapability.EnforcePvFeatureCpuid, 1));
        Assert.Throws<ObjectDisposedException>(() => vcpu.EnableEnlightenedVmcs());
    }
}
