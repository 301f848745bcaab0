using System;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Kvm;
using Xunit;

namespace VmcsGen.Kvm.Tests.Memory;

/// <summary>KVM's memory as the physical memory of a processor with VMX.</summary>
public class KvmPhysicalMemoryTests
{
    [Fact]
    public void Memory_begins_at_0_and_ends_with_its_size()
    {
        using var bytes = GuestMemory.Allocate(0x2000);
        var memory = new KvmPhysicalMemory(bytes);
        memory.Write(0x1FFC, [1, 2, 3, 4]);
        var back = new byte[4];
        memory.Read(0x1FFC, back);
        Assert.Equal([1, 2, 3, 4], back);
        Assert.True(memory.Contains(0, 0x2000));
        Assert.False(memory.Contains(0x1FFD, 4));
        Assert.False(memory.Contains(ulong.MaxValue, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Read(0x1FFD, back));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Write(0x2000, back));
    }

    [Fact]
    public void The_memory_of_a_VM_goes_across_slots_and_not_into_holes()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var low = GuestMemory.Allocate(0x1000);
        using var high = GuestMemory.Allocate(0x1000);
        vm.MapMemory(0x1000, low);
        vm.MapMemory(0x2000, high);
        var memory = new KvmPhysicalMemory(vm.Memory);
        Assert.Null(memory.Memory);
        memory.Write(0x1FFE, [1, 2, 3, 4]);
        Assert.Equal(3, high.Read<byte>(0));
        Assert.True(memory.Contains(0x1000, 0x2000));
        Assert.False(memory.Contains(0xFFF, 2));
        Assert.False(memory.Contains(0x2FFF, 2));
        var bytes = new byte[2];
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Read(0x2FFF, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Write(0xFFF, bytes));
    }
}
