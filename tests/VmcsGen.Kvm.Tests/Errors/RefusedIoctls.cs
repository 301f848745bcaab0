using System;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Errors;

/// <summary>What a KVM without a capability answers to the ioctls that it announces: which ioctl, and why.</summary>
public class RefusedIoctls
{
    [Theory]
    [InlineData("KVM_SET_MEMORY_ATTRIBUTES", KvmCapability.MemoryAttributes, Errno.ENOTTY)]
    [InlineData("KVM_XEN_HVM_CONFIG", KvmCapability.XenHvm, Errno.ENOTTY)]
    [InlineData("KVM_XEN_HVM_SET_ATTR", KvmCapability.XenHvm, Errno.ENOTTY)]
    [InlineData("KVM_XEN_HVM_GET_ATTR", KvmCapability.XenHvm, Errno.ENOTTY)]
    [InlineData("KVM_XEN_HVM_EVTCHN_SEND", KvmCapability.XenHvm, Errno.ENOTTY)]
    [InlineData("KVM_HYPERV_EVENTFD", KvmCapability.HypervEventfd, Errno.ENOTTY)]
    public void On_a_VM(string ioctl, KvmCapability capability, Errno errno)
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        Assert.SkipWhen(host.Has(capability), $"This KVM has {capability}.");

        Refuses(
            ioctl,
            errno,
            ioctl switch
            {
                "KVM_SET_MEMORY_ATTRIBUTES" => () => vm.SetMemoryAttributes(new KvmMemoryAttributes { Size = 0x1000 }),
                "KVM_XEN_HVM_CONFIG" => () => vm.XenHvmConfig(0x4000_0000),
                "KVM_XEN_HVM_SET_ATTR" => () => vm.XenHvmSetAttr(new KvmXenHvmAttr { Type = KvmXenAttributeType.LongMode }),
                "KVM_XEN_HVM_GET_ATTR" => () => Get(vm),
                "KVM_XEN_HVM_EVTCHN_SEND" => () => vm.XenHvmEvtchnSend(new KvmIrqRoutingXenEvtchn { Port = 1 }),
                _ => () => vm.HypervEventfd(1, null),
            },
            capability
        );

        static void Get(KvmVm vm)
        {
            KvmXenHvmAttr attribute = new() { Type = KvmXenAttributeType.LongMode };
            vm.XenHvmGetAttr(ref attribute);
        }
    }

    [Theory]
    [InlineData("KVM_SMI", KvmCapability.X86Smm, Errno.ENOTTY)]
    [InlineData("KVM_XEN_VCPU_SET_ATTR", KvmCapability.XenHvm, Errno.EINVAL)]
    [InlineData("KVM_XEN_VCPU_GET_ATTR", KvmCapability.XenHvm, Errno.EINVAL)]
    [InlineData("KVM_PRE_FAULT_MEMORY", KvmCapability.PreFaultMemory, Errno.EOPNOTSUPP, Errno.EINVAL)]
    [InlineData("KVM_SET_TSC_KHZ", KvmCapability.TscControl, Errno.EINVAL)]
    public void On_a_vCPU(string ioctl, KvmCapability capability, params Errno[] errnos)
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        using var memory = GuestMemory.Allocate(0x1000);
        vm.MapMemory(0, memory);
        Assert.SkipWhen(host.Has(capability), $"This KVM has {capability}.");

        // A kernel that knows the ioctl may say that it cannot; one that does not says of a vCPU's that the argument is invalid.
        Refuses(
            ioctl,
            errnos,
            ioctl switch
            {
                "KVM_SMI" => vcpu.Smi,
                "KVM_XEN_VCPU_SET_ATTR" => () => vcpu.XenVcpuSetAttr(new KvmXenVcpuAttr { Type = KvmXenVcpuAttributeType.VcpuId }),
                "KVM_XEN_VCPU_GET_ATTR" => () => Get(vcpu),
                "KVM_PRE_FAULT_MEMORY" => () => PreFault(vcpu),
                _ => () => vcpu.SetTscKhz(vcpu.GetTscKhz() / 2),
            },
            capability
        );

        static void Get(KvmVcpu vcpu)
        {
            KvmXenVcpuAttr attribute = new() { Type = KvmXenVcpuAttributeType.VcpuId };
            vcpu.XenVcpuGetAttr(ref attribute);
        }

        static void PreFault(KvmVcpu vcpu)
        {
            KvmPreFaultMemory range = new() { Size = 0x1000 };
            vcpu.PreFaultMemory(ref range);
        }
    }

    [Fact]
    public void Hyperv_CPUID_where_KVM_has_no_Hyperv_interfaces()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        Assert.SkipWhen(host.Has(KvmCapability.HypervCpuid), "This KVM has Hyper-V interfaces.");

        Refuses("KVM_GET_SUPPORTED_HV_CPUID", Errno.EINVAL, () => host.GetSupportedHvCpuid(), KvmCapability.HypervCpuid);
        Refuses("KVM_GET_SUPPORTED_HV_CPUID", Errno.EINVAL, () => vcpu.GetSupportedHvCpuid(), KvmCapability.HypervCpuid);
    }

    [Fact]
    public void Encryption_of_an_ordinary_VM()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        using var memory = GuestMemory.Allocate(0x1000);
        KvmSevCmd sev = new() { Id = KvmSevCommandId.LaunchFinish };
        KvmTdxCmd tdx = new() { Id = KvmTdxCommandId.FinalizeVm };

        // A KVM without encryption does not know the ioctls; one with it, or one that has no such ioctl of a vCPU, refuses the argument.
        Errno[] errnos = [Errno.ENOTTY, Errno.EINVAL];
        Refuses("KVM_MEMORY_ENCRYPT_OP", errnos, () => vm.UnsafeMemoryEncryptOp(ref sev));
        Refuses("KVM_MEMORY_ENCRYPT_OP", errnos, () => vm.UnsafeMemoryEncryptOp(ref tdx));
        Refuses("KVM_MEMORY_ENCRYPT_OP", errnos, () => vcpu.UnsafeMemoryEncryptOp(ref tdx));
        Refuses("KVM_MEMORY_ENCRYPT_REG_REGION", errnos, () => vm.MemoryEncryptRegRegion(memory));
        Refuses("KVM_MEMORY_ENCRYPT_REG_REGION", errnos, () => vm.UnsafeMemoryEncryptRegRegion(new KvmEncRegion { Size = 0x1000 }));
        Refuses("KVM_MEMORY_ENCRYPT_UNREG_REGION", errnos, () => vm.MemoryEncryptUnregRegion(memory));
        Assert.Throws<ArgumentNullException>(() => vm.MemoryEncryptRegRegion(null!));
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => vm.MemoryEncryptRegRegion(memory));
    }

    [Fact]
    public void What_newer_KVMs_no_longer_have_works_on_older_ones()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        vm.SetNrMmuPages(0x100);

#pragma warning disable CS0618 // What is tested is the obsolete one.
        try
        {
            Assert.Equal(0x100, (long)vm.GetNrMmuPages());
        }
        catch (KvmException)
        {
            Refuses("KVM_GET_NR_MMU_PAGES", Errno.ENOTTY, () => vm.GetNrMmuPages());
        }
#pragma warning restore CS0618
    }

    [Fact]
    public void Machine_type_that_is_not_offered()
    {
        using var host = TestHost.Open(KvmCapability.VmTypes);
        var type = KvmX86VmType.SwProtectedVm;
        Assert.SkipWhen((host.Check(KvmCapability.VmTypes) & (1 << (int)type)) != 0, $"This KVM offers {type}.");

        Refuses("KVM_CREATE_VM", Errno.EINVAL, () => host.CreateVm((uint)type));
    }

    [Fact]
    public void Xen_attributes_that_are_addresses_have_methods_of_their_own()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        using var ofVm = LibcFault.Watch(KvmIoctl.KVM_XEN_HVM_SET_ATTR);
        KvmXenHvmAttr sharedInfo = new() { Type = KvmXenAttributeType.SharedInfoHva };
        var refusal = Assert.Throws<ArgumentException>(() => vm.XenHvmSetAttr(sharedInfo));
        Assert.Contains(nameof(KvmVm.XenHvmSetSharedInfo), refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, ofVm.Calls);
        using var ofVcpu = LibcFault.Watch(KvmIoctl.KVM_XEN_VCPU_SET_ATTR);
        KvmXenVcpuAttr vcpuInfo = new() { Type = KvmXenVcpuAttributeType.VcpuInfoHva };
        refusal = Assert.Throws<ArgumentException>(() => vcpu.XenVcpuSetAttr(vcpuInfo));
        Assert.Contains(nameof(KvmVcpu.XenVcpuSetInfo), refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, ofVcpu.Calls);
    }

    [Fact]
    public void Memory_that_Xen_interfaces_would_use_must_be_there_and_is_not_kept_after_a_failure()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        var memory = GuestMemory.Allocate(0x1000);
        using var tooLarge = GuestMemory.Allocate(256 * 0x1000);
        var address = KvmResources.AddressOf(memory);

        Assert.Throws<ArgumentException>(() => vm.XenHvmSetSharedInfo(memory, 1));
        Assert.Throws<ArgumentException>(() => vm.XenHvmSetSharedInfo(memory, ulong.MaxValue));
        Assert.Throws<ArgumentException>(() => vcpu.XenVcpuSetInfo(memory, 0x1000 - 63));
        Assert.Throws<ArgumentException>(() => vm.XenHvmConfig(0x4000_0000, tooLarge, null));
        Assert.Throws<ArgumentException>(() => vm.XenHvmConfig(0x4000_0000, null, tooLarge));
        Assert.SkipWhen(host.Has(KvmCapability.XenHvm), "This KVM has Xen interfaces.");
        Refuses("KVM_XEN_HVM_CONFIG", Errno.ENOTTY, () => vm.XenHvmConfig(0x4000_0000, memory, memory), KvmCapability.XenHvm);
        Refuses("KVM_XEN_HVM_SET_ATTR", Errno.ENOTTY, () => vm.XenHvmSetSharedInfo(memory), KvmCapability.XenHvm);
        Refuses("KVM_XEN_HVM_SET_ATTR", Errno.ENOTTY, () => vm.XenHvmSetSharedInfo(null), KvmCapability.XenHvm);
        Refuses("KVM_XEN_VCPU_SET_ATTR", Errno.EINVAL, () => vcpu.XenVcpuSetInfo(memory, 0x1000 - 64), KvmCapability.XenHvm);

        memory.Dispose();
        Assert.False(KvmResources.IsMapped(address, 0x1000));
        Assert.Throws<ObjectDisposedException>(() => vm.XenHvmSetSharedInfo(memory));
    }

    [Fact]
    public void Memory_that_KVM_was_told_of_stays_until_the_VM_is_gone()
    {
        const ulong Size = 0x200_0000;
        var vm = new KvmVmHandle();
        var vcpu = new KvmChildDescriptor(vm);
        var memory = GuestMemory.Allocate(Size);
        var address = KvmResources.AddressOf(memory);
        using (var kept = new KeptMemory(vm, memory))
            kept.Keep();

        memory.Dispose();
        vm.Dispose();
        Assert.True(KvmResources.IsMapped(address, Size));
        vcpu.Dispose();
        Assert.False(KvmResources.IsMapped(address, Size));
    }

    // The exception names the capability that the host lacks, where one announces the ioctl.
    private static void Refuses(string ioctl, Errno errno, Action use, KvmCapability? missing = null) =>
        Refuses(ioctl, [errno], use, missing);

    private static void Refuses(string ioctl, Errno[] errnos, Action use, KvmCapability? missing = null)
    {
        var refusal = Assert.Throws<KvmException>(use);
        Assert.Equal(ioctl, refusal.Operation);
        Assert.Contains(refusal.Errno, errnos);
        Assert.StartsWith(ioctl, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(missing, refusal.MissingCapability);
        if (missing is { } capability)
            Assert.Contains(KvmCapabilityTexts.NativeNameOf(capability)!, refusal.Message, StringComparison.Ordinal);
    }
}
