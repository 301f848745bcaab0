using System;
using System.IO;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Devices;

/// <summary>KVM_HAS_DEVICE_ATTR, KVM_GET_DEVICE_ATTR and KVM_SET_DEVICE_ATTR on every kind of descriptor.</summary>
public unsafe class DescriptorAttributeTests
{
    private const uint TimeStampCounter = 0x10;
    private const ulong Unknown = 0x7777;

    // Where the host's own counter is not stable, KVM sets the offset anew at each load of the vCPU: the guest's counter stood still since.
    private const ulong Drift = 1ul << 40;

    [Fact]
    public void Host_tells_the_extended_states_that_guests_can_have()
    {
        using var host = TestHost.Open(KvmCapability.SysAttributes);

        var states = host.GetDeviceAttr(KvmX86SystemAttribute.XcompGuestSupp);

        Assert.True(host.HasDeviceAttr((uint)KvmX86AttributeGroup.System, (ulong)KvmX86SystemAttribute.XcompGuestSupp));
        Assert.Equal(0b11ul, states & 0b11); // x87 and SSE: every processor with XSAVE.
        Assert.False(host.HasDeviceAttr((uint)KvmX86AttributeGroup.System, Unknown));
        Assert.False(host.HasDeviceAttr(0xFFFF, 0));
    }

    [Fact]
    public void Time_stamp_counter_moves_by_its_offset()
    {
        const ulong Jump = 1ul << 50;
        using var host = TestHost.Open(KvmCapability.VcpuAttributes);
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        Assert.True(vcpu.HasDeviceAttr((uint)KvmVcpuAttributeGroup.TscCtrl, (ulong)KvmVcpuTscAttribute.Offset));
        var before = ReadMsr(vcpu, TimeStampCounter);

        var offset = vcpu.GetDeviceAttr(KvmVcpuTscAttribute.Offset);
        vcpu.SetDeviceAttr(KvmVcpuTscAttribute.Offset, offset + Jump);

        // A KVM without offsets takes it and stays at 0.
        var moved = vcpu.GetDeviceAttr(KvmVcpuTscAttribute.Offset) - offset;
        Assert.True(IsNear(moved, 0) || IsNear(moved, Jump), $"The offset moved by 0x{moved:X}.");
        Assert.InRange(ReadMsr(vcpu, TimeStampCounter) - before - moved + Drift, 0ul, (Jump >> 1) + Drift);
        Assert.False(vcpu.HasDeviceAttr((uint)KvmVcpuAttributeGroup.TscCtrl, Unknown));
    }

    [Fact]
    public void VFIO_device_takes_VFIO_files_only()
    {
        using var host = TestHost.Open(KvmCapability.DeviceCtrl);
        using var vm = host.CreateVm();
        Assert.SkipUnless(vm.HasDevice(KvmDeviceType.Vfio), "This host's kernel has no VFIO device.");
        using var device = vm.CreateDevice(KvmDeviceType.Vfio);
        using var file = File.OpenHandle("/dev/null");

        Assert.True(device.HasDeviceAttr((uint)KvmVfioAttributeGroup.File, (ulong)KvmVfioFileAttribute.Add));
        Assert.True(device.HasDeviceAttr((uint)KvmVfioAttributeGroup.File, (ulong)KvmVfioFileAttribute.Del));
        Assert.False(device.HasDeviceAttr((uint)KvmVfioAttributeGroup.File, Unknown));
        Assert.False(device.HasDeviceAttr((uint)Unknown, 1));

        var refusal = Assert.Throws<KvmException>(() => device.SetDeviceAttr(KvmVfioFileAttribute.Add, file));
        Assert.Equal("KVM_SET_DEVICE_ATTR", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
        Assert.Equal(Errno.ENOENT, Assert.Throws<KvmException>(() => device.SetDeviceAttr(KvmVfioFileAttribute.Del, file)).Errno);
        Assert.Throws<ArgumentNullException>(() => device.SetDeviceAttr(KvmVfioFileAttribute.Add, null!));
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => device.SetDeviceAttr(KvmVfioFileAttribute.Add, file));
    }

    [Fact]
    public void VM_has_no_attributes_where_the_capability_is_absent()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        Assert.SkipWhen(vm.Has(KvmCapability.VmAttributes), "This KVM has attributes of VMs.");
        KvmDeviceAttr attribute = default;

        foreach (
            var (operation, use) in new (string, Action)[]
            {
                ("KVM_HAS_DEVICE_ATTR", () => vm.HasDeviceAttr(0, 0)),
                ("KVM_GET_DEVICE_ATTR", () => vm.UnsafeGetDeviceAttr(attribute)),
                ("KVM_SET_DEVICE_ATTR", () => vm.UnsafeSetDeviceAttr(attribute)),
            }
        )
        {
            var refusal = Assert.Throws<KvmException>(use);
            Assert.Equal(operation, refusal.Operation);
            Assert.Equal(Errno.ENOTTY, refusal.Errno);
        }
    }

    [Fact]
    public void Attribute_whose_size_is_not_known_is_refused_before_the_ioctl()
    {
        using var host = TestHost.Open(KvmCapability.SysAttributes, KvmCapability.VcpuAttributes, KvmCapability.DeviceCtrl);
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        using (var gets = LibcFault.Watch(KvmIoctl.KVM_GET_DEVICE_ATTR))
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => host.GetDeviceAttr((KvmX86SystemAttribute)Unknown));
            Assert.Throws<ArgumentOutOfRangeException>(() => host.GetDeviceAttr((KvmX86SevAttribute)Unknown));
            Assert.Throws<ArgumentOutOfRangeException>(() => vcpu.GetDeviceAttr((KvmVcpuTscAttribute)Unknown));
            Assert.Equal(0, gets.Calls);
        }
        using (var sets = LibcFault.Watch(KvmIoctl.KVM_SET_DEVICE_ATTR))
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => vcpu.SetDeviceAttr((KvmVcpuTscAttribute)Unknown, 0));
            Assert.SkipUnless(vm.HasDevice(KvmDeviceType.Vfio), "This host's kernel has no VFIO device.");
            using var device = vm.CreateDevice(KvmDeviceType.Vfio);
            using var file = File.OpenHandle("/dev/null");
            Assert.Throws<ArgumentOutOfRangeException>(() => device.SetDeviceAttr((KvmVfioFileAttribute)3, file));
            Assert.Equal(0, sets.Calls);
        }
    }

    [Fact]
    public void Values_have_the_size_that_the_methods_assume()
    {
        using var host = TestHost.Open(KvmCapability.SysAttributes, KvmCapability.VcpuAttributes);
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        using var eight = new GuardedBuffer(8);
        using var seven = new GuardedBuffer(7);
        KvmDeviceAttr states = new() { Group = (uint)KvmX86AttributeGroup.System, Attr = (ulong)KvmX86SystemAttribute.XcompGuestSupp };
        KvmDeviceAttr offset = new() { Group = (uint)KvmVcpuAttributeGroup.TscCtrl, Attr = (ulong)KvmVcpuTscAttribute.Offset };

        states.Addr = offset.Addr = (ulong)eight.Pointer;
        host.UnsafeGetDeviceAttr(states);
        Assert.Equal(host.GetDeviceAttr(KvmX86SystemAttribute.XcompGuestSupp), eight.As<ulong>()[0]);
        vcpu.UnsafeGetDeviceAttr(offset);
        vcpu.UnsafeSetDeviceAttr(offset);
        Assert.True(IsNear(vcpu.GetDeviceAttr(KvmVcpuTscAttribute.Offset), eight.As<ulong>()[0]));

        states.Addr = offset.Addr = (ulong)seven.Pointer;
        Assert.Equal(Errno.EFAULT, Assert.Throws<KvmException>(() => host.UnsafeGetDeviceAttr(states)).Errno);
        Assert.Equal(Errno.EFAULT, Assert.Throws<KvmException>(() => vcpu.UnsafeGetDeviceAttr(offset)).Errno);
        Assert.Equal(Errno.EFAULT, Assert.Throws<KvmException>(() => vcpu.UnsafeSetDeviceAttr(offset)).Errno);
    }

    [Fact]
    public void Unknown_attribute_is_ENXIO_and_the_message_names_it()
    {
        using var host = TestHost.Open(KvmCapability.SysAttributes);
        ulong value = 0;
        KvmDeviceAttr attribute = new()
        {
            Group = 0x99,
            Attr = 0x7777,
            Addr = (ulong)&value,
        };

        var refusal = Assert.Throws<KvmException>(() => host.UnsafeGetDeviceAttr(attribute));

        Assert.Equal("KVM_GET_DEVICE_ATTR", refusal.Operation);
        Assert.Equal(Errno.ENXIO, refusal.Errno);
        Assert.Contains("group 153, attribute 30583", refusal.Message, StringComparison.Ordinal);
        host.Dispose();
        Assert.Throws<ObjectDisposedException>(() => host.HasDeviceAttr(0, 0));
        Assert.Throws<ObjectDisposedException>(() => host.GetDeviceAttr(KvmX86SystemAttribute.XcompGuestSupp));
    }

    [Fact]
    public void Kind_of_device_can_be_asked_for_without_creating_one()
    {
        using var host = TestHost.Open(KvmCapability.DeviceCtrl);
        using var vm = host.CreateVm();
        var before = KvmResources.Count();

        Assert.False(vm.HasDevice(KvmDeviceType.Xics));
        Assert.False(vm.HasDevice((KvmDeviceType)Unknown));
        Assert.Equal(vm.HasDevice(KvmDeviceType.Vfio), vm.HasDevice(KvmDeviceType.Vfio)); // The first made none, or the second would fail.

        Assert.Equal(before, KvmResources.Count());
        var refusal = Assert.Throws<KvmException>(() => vm.CreateDevice(KvmDeviceType.Xics));
        Assert.Equal("KVM_CREATE_DEVICE", refusal.Operation);
        Assert.Equal(Errno.ENODEV, refusal.Errno);
    }

    private static bool IsNear(ulong offset, ulong expected) => offset - expected + Drift <= 2 * Drift;

    private static ulong ReadMsr(KvmVcpu vcpu, uint index)
    {
        var msrs = new KvmBuffer<KvmMsrs, KvmMsrEntry>([new KvmMsrEntry { Index = index }]);
        Assert.Equal(1, vcpu.GetMsrs(msrs));
        return msrs.Entries[0].Data;
    }
}
