using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Ioctls;

public class DeviceAttributes
{
    [Fact]
    public void Host_tells_the_extended_states_of_guests()
    {
        using var host = TestHost.Open(KvmCapability.SysAttributes);

        Assert.True(host.HasDeviceAttr((uint)KvmX86AttributeGroup.System, (ulong)KvmX86SystemAttribute.XcompGuestSupp));
        Assert.False(host.HasDeviceAttr((uint)KvmX86AttributeGroup.System, 0x7777));
        Assert.Equal(0b11u, host.GetDeviceAttr(KvmX86SystemAttribute.XcompGuestSupp) & 0b11); // x87 and SSE
        Assert.Throws<ArgumentOutOfRangeException>(() => host.GetDeviceAttr((KvmX86SystemAttribute)0x7777));
    }

    [Fact]
    public void Offset_of_the_TSC_is_an_attribute_of_the_vCPU()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt(), null, KvmCapability.VcpuAttributes);
        Assert.True(guest.Vcpu.HasDeviceAttr((uint)KvmVcpuAttributeGroup.TscCtrl, (ulong)KvmVcpuTscAttribute.Offset));

        guest.Vcpu.SetDeviceAttr(KvmVcpuTscAttribute.Offset, 0x12_3456_7890);

        // KVM without VMX and SVM takes it and reports 0.
        Assert.True(guest.Vcpu.GetDeviceAttr(KvmVcpuTscAttribute.Offset) is 0x12_3456_7890 or 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => guest.Vcpu.SetDeviceAttr((KvmVcpuTscAttribute)0x7777, 0));
    }

    [Fact]
    public void VFIO_device_is_found_and_takes_VFIO_files_only()
    {
        using var host = TestHost.Open(KvmCapability.DeviceCtrl);
        using var vm = host.CreateVm();
        Assert.True(vm.HasDevice(KvmDeviceType.Vfio));
        Assert.False(vm.HasDevice((KvmDeviceType)0x7777));
        using var device = vm.CreateDevice(KvmDeviceType.Vfio);
        using var file = System.IO.File.OpenHandle("/dev/null");

        Assert.True(device.HasDeviceAttr((uint)KvmVfioAttributeGroup.File, (ulong)KvmVfioFileAttribute.Add));
        Assert.False(device.HasDeviceAttr(0x7777, 0));
        var refusal = Assert.Throws<KvmException>(() => device.SetDeviceAttr(KvmVfioFileAttribute.Add, file));
        Assert.Equal("KVM_SET_DEVICE_ATTR", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
    }
}
