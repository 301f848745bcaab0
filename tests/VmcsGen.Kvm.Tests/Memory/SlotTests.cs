using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Memory;

public class SlotTests
{
    private const uint Page = GuestMemory.PageSize;

    [Fact]
    public void Numbers_are_given_from_0_and_a_freed_one_is_given_again()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);

        var first = vm.MapMemory(0, memory);
        var second = vm.MapMemory(Page, memory);
        var third = vm.MapMemory(2 * Page, memory, slot: 7);
        Assert.Equal((0, 1, 7), (first.Number, second.Number, third.Number));

        first.Unmap();

        Assert.False(first.IsMapped);
        Assert.True(second.IsMapped);
        Assert.Equal(0, vm.MapMemory(0, memory).Number);
        Assert.Equal(2, vm.MapMemory(3 * Page, memory).Number);
    }

    [Fact]
    public void Slot_tells_what_it_maps_and_where()
    {
        using var host = TestHost.Open(KvmCapability.ReadonlyMem);
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(3 * Page);

        using var slot = vm.MapMemory(0x10_0000, memory, KvmMemoryRegionFlags.Readonly, slot: 5);

        Assert.Equal(5, slot.Number);
        Assert.Equal(0x10_0000u, slot.GuestPhysicalAddress);
        Assert.Equal(3ul * Page, slot.Size);
        Assert.Equal(KvmMemoryRegionFlags.Readonly, slot.Flags);
        Assert.Same(memory, slot.Memory);
        Assert.True(slot.IsMapped);
        Assert.Equal("slot 5 at 0x100000-0x102FFF", slot.ToString());
    }

    [Fact]
    public void Slots_of_a_VM_are_listed_by_number_as_they_are_at_the_moment()
    {
        using var host = TestHost.Open();
        var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);
        Assert.Empty(vm.GetMemorySlots());

        var high = vm.MapMemory(0, memory, slot: 7);
        var low = vm.MapMemory(Page, memory);
        var both = vm.GetMemorySlots();
        high.Unmap();

        Assert.Equal([low, high], both);
        Assert.Equal([low], vm.GetMemorySlots());
        vm.Dispose();
        Assert.Throws<ObjectDisposedException>(() => vm.GetMemorySlots());
    }

    [Fact]
    public void Slots_of_a_restored_VM_are_listed_too()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        using var state = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);
        using var vm = guest.Host.CreateVm();
        state.RestoreMemoryTo(vm);

        var slot = Assert.Single(vm.GetMemorySlots());
        slot.SetFlags(KvmMemoryRegionFlags.LogDirtyPages);

        Assert.Equal((guest.Slot.Number, guest.Slot.Size), (slot.Number, slot.Size));
        Assert.Equal(KvmMemoryRegionFlags.LogDirtyPages, slot.Flags);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0xFFF)]
    [InlineData(0x1_0001)]
    public void Address_within_a_page_is_refused(ulong address)
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);

        var refusal = Assert.Throws<ArgumentException>(() => vm.MapMemory(address, memory));

        Assert.Equal("guestPhysicalAddress", refusal.ParamName);
        Assert.Contains($"0x{address:X}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("4096", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0xFFFF_FFFF_FFFF_F000, 1)]
    [InlineData(0xFFFF_FFFF_FFFF_E000, 2)]
    [InlineData(0xFFFF_FFFF_FFFF_F000, 16)]
    public void Range_that_ends_at_or_wraps_around_2_to_the_64_is_refused(ulong address, uint pages)
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(pages * Page);

        var refusal = Assert.ThrowsAny<Exception>(() => vm.MapMemory(address, memory));

        Assert.True(refusal is ArgumentException or KvmException { Errno: Errno.EINVAL }, refusal.ToString());
        Assert.Contains($"0x{address:X}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, vm.MapMemory(0, memory).Number);
    }

    [Theory]
    [InlineData(0x4000, 1)] // Its first page.
    [InlineData(0x7000, 1)] // Its last.
    [InlineData(0x5000, 2)] // The middle.
    [InlineData(0x3000, 2)] // Across the beginning.
    [InlineData(0x7000, 2)] // Across the end.
    [InlineData(0x4000, 4)] // The same.
    [InlineData(0x1000, 32)] // Around it.
    public void Overlap_is_refused_with_the_slot_that_is_in_the_way(ulong address, uint pages)
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(4 * Page);
        using var other = GuestMemory.Allocate(pages * Page);
        vm.MapMemory(0, GuestMemory.Allocate(Page));
        var inTheWay = vm.MapMemory(0x4000, memory, slot: 3);

        var refusal = Assert.Throws<ArgumentException>(() => vm.MapMemory(address, other));

        Assert.Contains("slot 3 at 0x4000-0x7FFF", refusal.Message, StringComparison.Ordinal);
        Assert.True(inTheWay.IsMapped);
    }

    [Theory]
    [InlineData(0x3000)]
    [InlineData(0x8000)]
    public void Neighbours_do_not_overlap(ulong address)
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(4 * Page);
        using var other = GuestMemory.Allocate(Page);
        vm.MapMemory(0x4000, memory);

        Assert.True(vm.MapMemory(address, other).IsMapped);
    }

    [Fact]
    public void Number_that_is_taken_is_refused_with_the_slot_that_has_it()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);
        vm.MapMemory(0, memory, slot: 4);

        var refusal = Assert.Throws<ArgumentException>(() => vm.MapMemory(0x10_0000, memory, slot: 4));

        Assert.Contains("slot 4 at 0x0-0xFFF", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Number_beyond_the_host_s_limit_is_refused_by_KVM_and_leaves_no_trace()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);
        var limit = host.Check(KvmCapability.NrMemslots);

        var refusal = Assert.Throws<KvmException>(() => vm.MapMemory(0, memory, slot: limit));

        Assert.Equal("KVM_SET_USER_MEMORY_REGION", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
        Assert.Contains("KVM_CAP_NR_MEMSLOTS", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"slot {limit} at 0x0-0xFFF", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.MapMemory(0, memory, slot: -1));
        Assert.True(vm.MapMemory(0, memory).IsMapped);
    }

    [Fact]
    public void Flags_that_the_host_does_not_know_are_refused_by_KVM_and_leave_no_trace()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);

        var refusal = Assert.Throws<KvmException>(() => vm.MapMemory(0, memory, (KvmMemoryRegionFlags)0x4000_0000));

        Assert.Equal(Errno.EINVAL, refusal.Errno);
        Assert.Throws<GuestMemoryException>(() => vm.Memory.Read<byte>(0));
        Assert.True(vm.MapMemory(0, memory).IsMapped);
    }

    [Fact]
    public void One_memory_may_be_mapped_twice_and_into_two_VMs()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var other = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);
        vm.MapMemory(0, memory);
        vm.MapMemory(0x10_0000, memory);
        other.MapMemory(0x20_0000, memory);

        vm.Memory.Write(0x123, 0xABCDu);

        Assert.Equal(0xABCDu, vm.Memory.Read<uint>(0x10_0123));
        Assert.Equal(0xABCDu, other.Memory.Read<uint>(0x20_0123));
    }

    [Fact]
    public void Unmapping_twice_or_after_the_VM_is_gone_does_nothing()
    {
        using var host = TestHost.Open();
        var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);
        var first = vm.MapMemory(0, memory);
        var second = vm.MapMemory(Page, memory);

        first.Unmap();
        first.Unmap();
        first.Dispose();
        var successor = vm.MapMemory(0, memory);
        first.Unmap(); // It has the number of the first, and is not the first.
        Assert.True(successor.IsMapped);
        vm.Dispose();

        Assert.False(second.IsMapped);
        second.Unmap();
    }

    [Fact]
    public void Slots_of_SMRAM_do_not_overlap_ordinary_ones_and_are_not_seen_in_ordinary_memory()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var ordinary = GuestMemory.Allocate(Page);
        using var smram = GuestMemory.Allocate(Page);
        ordinary.Write(0, (byte)1);
        smram.Write(0, (byte)2);
        vm.MapMemory(0, ordinary);

        if (vm.Check(KvmCapability.MultiAddressSpace) > 1)
            Assert.True(vm.MapMemory(0, smram, slot: 1 << 16).IsMapped);
        else // Not our refusal, as for an overlap, but that of a KVM without SMRAM.
            Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => vm.MapMemory(0, smram, slot: 1 << 16)).Errno);

        Assert.Equal(1, vm.Memory.Read<byte>(0));
    }
}
