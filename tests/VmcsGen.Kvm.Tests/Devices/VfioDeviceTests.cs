using System;
using System.IO;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Devices;

/// <summary>The KVM-VFIO device.</summary>
public class VfioDeviceTests
{
    [Fact]
    public void File_that_is_no_VFIO_file_is_refused_by_name()
    {
        using var host = TestHost.Open(KvmCapability.DeviceCtrl);
        using var vm = host.CreateVm();
        using var vfio = Create(vm);
        using var file = File.OpenHandle("/dev/null");

        var refusal = Assert.Throws<KvmException>(() => vfio.Add(file));
        Assert.Equal(("KVM_SET_DEVICE_ATTR", Errno.EINVAL), (refusal.Operation, refusal.Errno));
        Assert.Matches(@"KVM_DEV_VFIO_FILE_ADD of descriptor \d+, /dev/null\) failed: EINVAL", refusal.Message);
        Assert.Contains("It is not a VFIO file. Open /dev/vfio/", refusal.Message, StringComparison.Ordinal);

        refusal = Assert.Throws<KvmException>(() => vfio.Remove(file));
        Assert.Equal(("KVM_SET_DEVICE_ATTR", Errno.ENOENT), (refusal.Operation, refusal.Errno));
        Assert.Contains("KVM_DEV_VFIO_FILE_DEL", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("The VM does not know the file.", refusal.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Closed_file_and_no_file_are_refused_before_the_ioctl()
    {
        using var host = TestHost.Open(KvmCapability.DeviceCtrl);
        using var vm = host.CreateVm();
        using var vfio = Create(vm);
        var file = File.OpenHandle("/dev/null");
        file.Dispose();
        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_SET_DEVICE_ATTR);

        Assert.Throws<ObjectDisposedException>(() => vfio.Add(file));
        Assert.Throws<ArgumentNullException>(() => vfio.Add(null!));
        Assert.Throws<ArgumentNullException>(() => vfio.Remove(null!));

        Assert.Equal(0, ioctls.Calls);
    }

    [Fact]
    public void VM_has_one_at_most_until_it_is_disposed_of_or_before_Linux_6_2_ever()
    {
        using var host = TestHost.Open(KvmCapability.DeviceCtrl);
        var before = KvmResources.Count();
        using (var vm = host.CreateVm())
        {
            var vfio = Create(vm);
            var refusal = Assert.Throws<KvmException>(vm.CreateVfio);
            Assert.Equal(("KVM_CREATE_DEVICE", Errno.EBUSY), (refusal.Operation, refusal.Errno));
            vfio.Dispose();
            vfio.Dispose();
            using var file = File.OpenHandle("/dev/null");
            Assert.Throws<ObjectDisposedException>(() => vfio.Add(file));
            if (Environment.OSVersion.Version >= new Version(6, 2))
                vm.CreateVfio().Dispose();
            else
                Assert.Equal(Errno.EBUSY, Assert.Throws<KvmException>(vm.CreateVfio).Errno);
        }
        Assert.Equal(before, KvmResources.Count());
    }

    [Fact]
    public void Error_that_has_no_meaning_of_its_own_passes_unchanged()
    {
        using var host = TestHost.Open(KvmCapability.DeviceCtrl);
        using var vm = host.CreateVm();
        using var vfio = Create(vm);
        using var file = File.OpenHandle("/dev/null");
        using var fault = LibcFault.OfIoctl(KvmIoctl.KVM_SET_DEVICE_ATTR, Errno.EBUSY);

        Assert.Contains("group 1, attribute 1", Assert.Throws<KvmException>(() => vfio.Add(file)).Message, StringComparison.Ordinal);
    }

    private static KvmVfio Create(KvmVm vm)
    {
        Assert.SkipUnless(vm.HasDevice(KvmDeviceType.Vfio), "This host's kernel has no VFIO device.");
        return vm.CreateVfio();
    }
}
