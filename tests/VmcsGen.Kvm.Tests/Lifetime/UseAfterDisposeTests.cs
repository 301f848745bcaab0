using System;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Lifetime;

public class UseAfterDisposeTests
{
    [Fact]
    public void Host_that_was_disposed_of_is_refused()
    {
        var host = TestHost.Open();
        host.Dispose();
        host.Dispose();

        Assert.Throws<ObjectDisposedException>(() => host.CreateVm());
        Assert.Throws<ObjectDisposedException>(() => host.Check(KvmCapability.Irqchip));
        Assert.Throws<ObjectDisposedException>(() => host.Has(KvmCapability.Irqchip));
        Assert.Throws<ObjectDisposedException>(() => host.MaxVcpus);
        Assert.Throws<ObjectDisposedException>(() => host.GetSupportedCpuid(new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(1)));
        Assert.Throws<ObjectDisposedException>(() => host.UnsafeIoctl(KvmIoctl.KVM_GET_API_VERSION, 0));
        Assert.Equal(12, host.ApiVersion);
    }

    [Fact]
    public void VM_that_was_disposed_of_is_refused()
    {
        using var host = TestHost.Open();
        using var memory = GuestMemory.Allocate(0x1000);
        var vm = host.CreateVm();
        vm.MapMemory(0, memory);
        vm.Dispose();
        vm.Dispose();

        Assert.Throws<ObjectDisposedException>(() => vm.CreateVcpu(0));
        Assert.Throws<ObjectDisposedException>(() => vm.MapMemory(0x1000, memory));
        Assert.Throws<ObjectDisposedException>(() => vm.Check(KvmCapability.Irqchip));
        Assert.Throws<ObjectDisposedException>(() => vm.GetClock(out _));
        Assert.Throws<ObjectDisposedException>(() => vm.CreateDevice(KvmDeviceType.Vfio));
        Assert.Throws<ObjectDisposedException>(() => vm.UnsafeIoctl(KvmIoctl.KVM_CREATE_IRQCHIP, 0));
        Assert.Throws<ObjectDisposedException>(() => vm.Memory.Read<byte>(0));
        Assert.Throws<ObjectDisposedException>(() => vm.Memory.Write(0, 1));
        Assert.Throws<ObjectDisposedException>(() => vm.Memory.TryGetSpan(0, 1, out _));
    }

    [Fact]
    public void Memory_of_a_VM_that_was_disposed_of_is_there_while_a_vCPU_keeps_it()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        guest.Vm.Dispose();

        guest.Vm.Memory.Write(Guest.DataAddress, 42);
        Assert.Equal(42, guest.Vm.Memory.Read<int>(Guest.DataAddress));
        Assert.True(guest.Slot.IsMapped);
        guest.Slot.Unmap();
        Assert.Throws<GuestMemoryException>(() => guest.Vm.Memory.Read<int>(Guest.DataAddress));

        guest.Vcpu.Dispose();
        Assert.Throws<ObjectDisposedException>(() => guest.Vm.Memory.Read<int>(Guest.DataAddress));
    }

    [Fact]
    public void Vcpu_that_was_disposed_of_is_refused()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.@out(0x11, al));
        guest.RunToOut(0x11);
        var vcpu = guest.Vcpu;
        vcpu.Dispose();
        vcpu.Dispose();

        Assert.Throws<ObjectDisposedException>(() => vcpu.Run());
        Assert.Throws<ObjectDisposedException>(() => vcpu.GetRegs(out _));
        Assert.Throws<ObjectDisposedException>(() => vcpu.SetRegs(default));
        Assert.Throws<ObjectDisposedException>(() => vcpu.RunPage.ExitReason);
        Assert.Throws<ObjectDisposedException>(() => vcpu.UnsafeIoctl(KvmIoctl.KVM_RUN, 0));
        Assert.Equal(0, vcpu.Id);
    }

    [Fact]
    public void Memory_that_was_disposed_of_is_refused()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var memory = GuestMemory.Allocate(0x1000);
        memory.Dispose();
        memory.Dispose();

        Assert.Throws<ObjectDisposedException>(() => memory.Read<int>(0));
        Assert.Throws<ObjectDisposedException>(() => memory.Write(0, 1));
        Assert.Throws<ObjectDisposedException>(() => memory.Read(0, new byte[1].AsSpan()));
        Assert.Throws<ObjectDisposedException>(() => memory.Write(0, new byte[1].AsSpan()));
        Assert.Throws<ObjectDisposedException>(() => memory.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => memory.GetSpan(0, 1).Length);
        Assert.Throws<ObjectDisposedException>(() => vm.MapMemory(0, memory));
        Assert.Equal(0x1000u, memory.Size);
    }

    [Fact]
    public void Device_that_was_disposed_of_is_refused()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var device = vm.CreateDevice(KvmDeviceType.Vfio);
        Assert.Equal(KvmDeviceType.Vfio, device.Type);
        device.Dispose();
        device.Dispose();

        Assert.Throws<ObjectDisposedException>(() => device.UnsafeIoctl(KvmIoctl.KVM_GET_DEVICE_ATTR, 0));
    }
}
