using System;
using System.IO;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>Memory, interrupt controllers, timer and clock of a VM are captured and restored.</summary>
public class VmStateTests
{
    private const int Page = 4096;

    [Fact]
    public void Pages_of_zeros_are_left_out_and_all_others_come_back()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(1000 * Page);
        var random = new Random(3);
        vm.MapMemory(0x10_0000, memory);
        var pages = Enumerable.Range(0, 1000).Where(_ => random.Next(3) == 0).ToArray();
        foreach (var page in pages)
            memory.Write((ulong)(page * Page + random.Next(Page)), (byte)random.Next(1, 256));

        var state = RoundTrip(VmState.Capture(host, vm), out var length);
        Assert.Equal((ulong)pages.Length, Assert.Single(state.Slots).Memory.KeptPages);
        Assert.InRange(length, pages.Length * Page, pages.Length * (Page + 64) + 1000);
        using var other = host.CreateVm();
        Assert.Empty(state.RestoreTo(other));

        var back = new byte[1000 * Page];
        other.Memory.Read(0x10_0000, back);
        Assert.True(memory.Span.SequenceEqual(back));
        Array.Clear(back);
        state.Slots[0].Memory.Read(0, back);
        Assert.True(memory.Span.SequenceEqual(back));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Slots[0].Memory.Read(1000 * Page - 1, new byte[2]));
    }

    [Fact]
    public void Memory_that_is_mapped_already_is_overwritten_zeros_included()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(8 * Page);
        vm.MapMemory(0, memory);
        memory.Write(5 * Page, 0x55);
        var state = VmState.Capture(host, vm);
        memory.Span.Fill(0xEE);

        state.RestoreTo(vm);

        Assert.Equal(0x55, memory.Read<int>(5 * Page));
        memory.Write(5 * Page, 0);
        Assert.False(memory.Span.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Slots_keep_number_place_and_flags_and_those_of_one_memory_still_share_it()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var shared = GuestMemory.Allocate(2 * Page);
        using var own = GuestMemory.Allocate(Page);
        vm.MapMemory(0, shared, KvmMemoryRegionFlags.LogDirtyPages, slot: 3);
        vm.MapMemory(0x10_0000, shared, slot: 1);
        vm.MapMemory(0x20_0000, own, slot: 7);
        shared.Write(0, 0x1111);

        var state = RoundTrip(VmState.Capture(host, vm), out _);
        using var other = host.CreateVm();
        state.RestoreTo(other);

        Assert.Equal(
            [(1, 0x10_0000ul, 0), (3, 0ul, KvmMemoryRegionFlags.LogDirtyPages), (7, 0x20_0000ul, default)],
            state.Slots.Select(static slot => (slot.Number, slot.GuestPhysicalAddress, slot.Flags))
        );
        Assert.Equal(0x1111, other.Memory.Read<int>(0x10_0000));
        other.Memory.Write(0x10_0004, 0x2222);
        Assert.Equal(0x2222, other.Memory.Read<int>(4));
    }

    [Fact]
    public void Slot_of_another_size_or_place_is_refused()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var small = GuestMemory.Allocate(Page);
        using var large = GuestMemory.Allocate(2 * Page);
        vm.MapMemory(0, small);
        var state = VmState.Capture(host, vm);

        using var larger = host.CreateVm();
        larger.MapMemory(0, large);
        Assert.Contains("slot 0 at 0x0", Assert.Throws<ArgumentException>(() => state.RestoreTo(larger)).Message, StringComparison.Ordinal);
        using var overlapping = host.CreateVm();
        overlapping.MapMemory(0, large, slot: 5);
        Assert.Throws<ArgumentException>(() => state.RestoreTo(overlapping));
    }

    [Fact]
    public void Refused_slot_leaves_the_VM_as_it_was()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var first = GuestMemory.Allocate(Page);
        using var second = GuestMemory.Allocate(Page);
        using var third = GuestMemory.Allocate(Page);
        vm.MapMemory(0, first, slot: 0);
        vm.MapMemory(0x10_0000, second, slot: 1);
        vm.MapMemory(0x20_0000, third, slot: 2);
        first.Write(0, 0x1111);
        var state = VmState.Capture(host, vm);

        // Slot 0 is there, slot 1 could be mapped, and where slot 2 goes another one is.
        using var other = host.CreateVm();
        using var mine = GuestMemory.Allocate(Page);
        using var inTheWay = GuestMemory.Allocate(Page);
        other.MapMemory(0, mine, slot: 0);
        other.MapMemory(0x20_0000, inTheWay, slot: 9);
        mine.Write(0, 0x2222);

        Assert.Throws<ArgumentException>(() => state.RestoreTo(other));

        Assert.Equal(0x2222, mine.Read<int>(0));
        using var free = GuestMemory.Allocate(Page);
        other.MapMemory(0x10_0000, free, slot: 1);
    }

    [Fact]
    public void vCPUs_that_are_missing_there_twice_or_of_another_VM_are_refused()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var zero = vm.CreateVcpu(0);
        using var one = vm.CreateVcpu(1);
        using var other = host.CreateVm();
        using var foreign = other.CreateVcpu(0);
        using var foreignOne = other.CreateVcpu(1);

        Assert.Contains("2 vCPUs, and 1 were given", Refusal(() => VmState.Capture(host, vm, zero)), StringComparison.Ordinal);
        Assert.Contains("2 vCPUs, and 0 were given", Refusal(() => VmState.Capture(host, vm)), StringComparison.Ordinal);
        Assert.Contains("vCPU 1 is there twice", Refusal(() => VmState.Capture(host, vm, one, one)), StringComparison.Ordinal);
        Assert.Contains(
            "vCPU 1 belongs to another VM",
            Refusal(() => VmState.Capture(host, vm, zero, foreignOne)),
            StringComparison.Ordinal
        );
        var state = VmState.Capture(host, vm, zero, one);
        Assert.Contains("vCPU 0 belongs to another VM", Refusal(() => state.RestoreTo(vm, foreign, one)), StringComparison.Ordinal);
        Assert.Contains("vCPU 0 is there twice", Refusal(() => state.RestoreTo(vm, zero, zero)), StringComparison.Ordinal);

        static string Refusal(Action action) => Assert.Throws<ArgumentException>(action).Message;
    }

    [Fact]
    public void Slot_with_private_memory_cannot_be_captured()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        if (!vm.Has(KvmCapability.GuestMemfd))
        {
            Assert.Throws<KvmException>(() => vm.CreateGuestMemfd(Page));
            return;
        }
        using var memory = GuestMemory.Allocate(Page);
        using var file = vm.CreateGuestMemfd(Page);
        vm.MapMemory(0, memory, file);

        var refusal = Assert.Throws<NotSupportedException>(() => VmState.Capture(host, vm));

        Assert.Contains("private memory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void vCPUs_are_matched_by_their_ids()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var first = vm.CreateVcpu(0);
        using var second = vm.CreateVcpu(5);
        second.SetRegs(new KvmRegs { Rax = 55, Rflags = 2 });
        var state = RoundTrip(VmState.Capture(host, vm, second, first), out _);
        using var other = host.CreateVm();
        using var five = other.CreateVcpu(5);
        using var zero = other.CreateVcpu(0);
        using var one = other.CreateVcpu(1);

        state.RestoreTo(other, zero, five);

        five.GetRegs(out var regs);
        Assert.Equal(55ul, regs.Rax);
        Assert.Contains(
            "2 vCPUs, and 1 were given",
            Assert.Throws<ArgumentException>(() => state.RestoreTo(other, zero)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "a vCPU 5",
            Assert.Throws<ArgumentException>(() => state.RestoreTo(other, zero, one)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Controllers_timer_and_clock_are_as_they_were()
    {
        const ulong Nanoseconds = 1_000_000_000_000_000_000;
        using var host = TestHost.Open(KvmCapability.Irqchip, KvmCapability.Pit2, KvmCapability.AdjustClock);
        using var vm = CreateWithTimer(host);
        using var vcpu = vm.CreateVcpu(0);
        KvmIrqchip pic = new() { ChipId = KvmIrqchipId.PicSlave };
        vm.GetIrqchip(ref pic);
        pic.Chip.Pic.Imr = 0xA5;
        vm.SetIrqchip(pic);
        KvmIrqchip ioapic = new() { ChipId = KvmIrqchipId.Ioapic };
        vm.GetIrqchip(ref ioapic);
        ioapic.Chip.Ioapic.Redirtbl[5].Bits = 0x1_0033; // Masked, vector 0x33.
        vm.SetIrqchip(ioapic);
        vm.GetPit2(out var pit);
        pit.Channels[2].Count = 0x4321;
        pit.Channels[2].Mode = 3;
        vm.SetPit2(pit);
        vm.SetClock(new KvmClockData { Clock = Nanoseconds });

        var state = RoundTrip(VmState.Capture(host, vm, vcpu), out _);
        using var other = CreateWithTimer(host);
        using var otherVcpu = other.CreateVcpu(0);
        state.RestoreTo(other, otherVcpu);

        other.GetIrqchip(ref pic);
        other.GetIrqchip(ref ioapic);
        other.GetPit2(out pit);
        other.GetClock(out var clock);
        Assert.Equal(0xA5, pic.Chip.Pic.Imr);
        Assert.Equal(0x1_0033ul, ioapic.Chip.Ioapic.Redirtbl[5].Bits);
        Assert.Equal((0x4321u, (byte)3), (pit.Channels[2].Count, pit.Channels[2].Mode));
        Assert.InRange(clock.Clock, Nanoseconds, Nanoseconds + 3_600_000_000_000);
        Assert.Equal(3, state.Irqchips.Count);
    }

    [Fact]
    public void VM_without_the_controllers_is_told_which_ioctl_refuses_them()
    {
        using var host = TestHost.Open(KvmCapability.Irqchip, KvmCapability.Pit2);
        using var vm = CreateWithTimer(host);
        var state = VmState.Capture(host, vm);
        using var bare = host.CreateVm();

        Assert.Equal("KVM_SET_IRQCHIP", Assert.Throws<KvmException>(() => state.RestoreTo(bare)).Operation);

        var bareState = VmState.Capture(host, bare);
        Assert.Empty(bareState.Irqchips);
        Assert.Null(bareState.Pit);
        Assert.Equal([StatePart.Irqchips, StatePart.Pit], bareState.Gaps.Select(static gap => gap.Part));
        Assert.Equal(bareState.Gaps, RoundTrip(bareState, out _).Gaps);
    }

    private static KvmVm CreateWithTimer(KvmHost host)
    {
        var vm = host.CreateVm();
        vm.CreateIrqchip();
        vm.CreatePit2(default);
        return vm;
    }

    private static VmState RoundTrip(VmState state, out long length)
    {
        using var file = new MemoryStream();
        state.Save(file);
        length = file.Length;
        file.Position = 0;
        var back = VmState.Load(file);
        Assert.Equal(length, file.Position);
        return back;
    }
}
