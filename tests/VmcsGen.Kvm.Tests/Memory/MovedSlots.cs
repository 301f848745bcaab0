using System;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Memory;

/// <summary>Slots that move, change and come and go, also while the guest runs on another thread.</summary>
public class MovedSlots
{
    private const uint Page = GuestMemory.PageSize;
    private const byte Port = 0x11;

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Guest_finds_the_memory_where_it_was_moved_and_nothing_where_it_was(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, __.fs[0x1010]);
                code.@out(Port, eax);
                code.mov(eax, __.fs[0x10]);
            }
        );
        using var memory = GuestMemory.Allocate(Page);
        memory.Write(0x10, 0x1234_5678);
        var slot = guest.Vm.MapMemory(guest.Window, memory);

        slot.MoveTo(guest.Window + Page);

        Assert.Equal(guest.Window + Page, slot.GuestPhysicalAddress);
        Assert.True(slot.IsMapped);
        Assert.Equal(0x1234_5678, guest.Vm.Memory.Read<int>(guest.Window + Page + 0x10));
        Assert.Throws<GuestMemoryException>(() => guest.Vm.Memory.Read<int>(guest.Window + 0x10));
        Assert.Equal(0x1234_5678u, guest.RunToOut(Port));
        Assert.Equal(guest.Window + 0x10, guest.RunTo(KvmExitReason.Mmio).Mmio.Address);
    }

    [Fact]
    public void Slot_may_move_by_less_than_its_size_but_not_onto_another()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(4 * Page);
        using var other = GuestMemory.Allocate(Page);
        var slot = vm.MapMemory(0x10_0000, memory);
        var inTheWay = vm.MapMemory(0x20_0000, other);

        slot.MoveTo(0x10_0000 + Page);
        var overlap = Assert.Throws<ArgumentException>(() => slot.MoveTo(0x20_0000 - Page));
        Assert.Throws<ArgumentException>(() => slot.MoveTo(0x1234));
        Assert.Throws<ArgumentException>(() => slot.MoveTo(ulong.MaxValue - Page + 1));

        Assert.Contains("0x1FF000-0x202FFF", overlap.Message, StringComparison.Ordinal);
        Assert.Contains(inTheWay.ToString(), overlap.Message, StringComparison.Ordinal);
        Assert.Equal("slot 0 at 0x101000-0x104FFF", slot.ToString());
        slot.MoveTo(slot.GuestPhysicalAddress);
        Assert.Equal("slot 0 at 0x101000-0x104FFF", slot.ToString());
        Assert.True(vm.MapMemory(0x10_0000, other).IsMapped);
    }

    [Fact]
    public void Move_that_KVM_refuses_leaves_the_slot_where_it_is()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);
        memory.Write(0, 42);
        var slot = vm.MapMemory(0x10_0000, memory);

        using (LibcFault.OfIoctl(KvmIoctl.KVM_SET_USER_MEMORY_REGION, Errno.ENOMEM))
        {
            var refusal = Assert.Throws<KvmException>(() => slot.MoveTo(0x20_0000));
            Assert.Contains("slot 0 at 0x200000-0x200FFF", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0x10_0000u, slot.GuestPhysicalAddress);
        Assert.Equal(42, vm.Memory.Read<int>(0x10_0000));
        slot.Unmap();
        Assert.Throws<ArgumentException>(() => slot.MoveTo(0x20_0000));
        vm.Dispose();
        Assert.Throws<ObjectDisposedException>(() => slot.MoveTo(0x20_0000));
    }

    [Theory]
    [InlineData(GuestMode.LongSupervisor)]
    [InlineData(GuestMode.LongUser)]
    public void Slots_may_be_mapped_moved_changed_and_unmapped_while_the_guest_runs(GuestMode mode)
    {
        const int Rounds = 100;
        const uint Memory = 0x600D_F00D;
        const uint Device = 0x0DE5_1CE0;
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.mov(eax, __.fs[0x10]);
                code.mov(__[(long)Guest.DataAddress], eax);
                code.inc(__dword_ptr[(long)Guest.DataAddress + 8]);
                code.jmp(loop);
            }
        );
        var isOver = false;
        var strange = "";
        var answers = 0;
        var runner = new Worker(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                var exit = guest.Vcpu.Run();
                if (exit.Reason == KvmExitReason.Intr)
                    continue;
                if (exit.Reason != KvmExitReason.Mmio || exit.Mmio.IsWrite || exit.Mmio.Address != guest.Window + 0x10)
                {
                    strange = exit.ToString();
                    return;
                }
                exit.Mmio.Answer(Device);
                answers++;
            }
        });
        using var memory = GuestMemory.Allocate(Page);
        memory.Write(0x10, Memory);

        for (var round = 0; round < Rounds && runner.IsAlive; round++)
        {
            var slot = guest.Vm.MapMemory(guest.Window, memory);
            AwaitSeen(Memory);
            slot.SetFlags(KvmMemoryRegionFlags.LogDirtyPages);
            slot.MoveTo(guest.Window + 0x1_0000);
            AwaitSeen(Device);
            slot.SetFlags(0);
            slot.MoveTo(guest.Window);
            AwaitSeen(Memory);
            slot.Unmap();
            AwaitSeen(Device);
        }
        Volatile.Write(ref isOver, true);
        guest.Vcpu.Kick();
        runner.Finish();

        Assert.Equal("", strange);
        Assert.InRange(answers, 2 * Rounds, int.MaxValue);

        void AwaitSeen(uint value) => Worker.Await(() => guest.Memory.Read<uint>(Guest.DataAddress) == value || !runner.IsAlive);
    }

    [Fact]
    public void Host_s_accesses_meanwhile_find_the_memory_or_a_hole_and_nothing_else()
    {
        const ulong Address = 0x10_0000;
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        var isOver = false;
        var (found, holes) = (0, 0);
        var reader = new Worker(() =>
        {
            var bytes = new byte[2 * Page];
            for (var i = 0; !Volatile.Read(ref isOver) || found == 0 || holes == 0; i++)
            {
                try
                {
                    if (i % 2 == 0)
                    {
                        Assert.Equal(0x5A5A_5A5Au, vm.Memory.Read<uint>(Address + Page - 2));
                    }
                    else
                    {
                        vm.Memory.Read(Address, bytes.AsSpan());
                        Assert.False(bytes.AsSpan().ContainsAnyExcept((byte)0x5A));
                    }
                    found++;
                }
                catch (GuestMemoryException hole)
                {
                    Assert.InRange(hole.HoleAddress, Address, Address + 2 * Page);
                    holes++;
                }
            }
        });

        var rounds = TestHost.Many(2_000, emulated: 50);
        // Memory that nobody else keeps: it is unmapped for good while it may be read.
        for (var round = 0; (round < rounds || Volatile.Read(ref found) == 0 || Volatile.Read(ref holes) == 0) && reader.IsAlive; round++)
        {
            using var first = GuestMemory.Allocate(Page);
            using var second = GuestMemory.Allocate(Page);
            first.Span.Fill(0x5A);
            second.Span.Fill(0x5A);
            using var low = vm.MapMemory(Address, first);
            using var high = vm.MapMemory(Address + Page, second);
            if (round % 4 == 0)
                Thread.Yield();
        }
        Volatile.Write(ref isOver, true);
        using var last = GuestMemory.Allocate(2 * Page);
        last.Span.Fill(0x5A);
        vm.MapMemory(Address, last);
        reader.Finish();
    }
}
