using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Memory;

/// <summary>What the guest sees of the memory that the VM maps, and of its coming and going.</summary>
public class SharedMemory
{
    private const byte Port = 0x11;

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Guest_sees_what_the_host_writes_and_the_host_what_the_guest_writes(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.mov(eax, __[(long)Guest.DataAddress]);
                code.not(eax);
                code.mov(__[(long)Guest.DataAddress + 4], eax);
                code.@out(Port, eax);
                code.jmp(loop);
            }
        );

        foreach (var value in new[] { 0u, 1u, 0xDEAD_BEEF, uint.MaxValue })
        {
            guest.Vm.Memory.Write(Guest.DataAddress, value);
            Assert.Equal(~value, guest.RunToOut(Port));
            Assert.Equal(~value, guest.Memory.Read<uint>(Guest.DataAddress + 4));
        }
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Memory_may_be_unmapped_and_other_memory_mapped_while_the_guest_is_stopped(GuestMode mode)
    {
        using var guest = CreateReader(mode);
        using var first = GuestMemory.Allocate(0x2000);
        using var second = GuestMemory.Allocate(0x1000);
        first.Write(0x10, 111);
        second.Write(0x10, 222);

        var slot = guest.Vm.MapMemory(guest.Window, first);
        Assert.Equal(111u, guest.RunToOut(Port));
        slot.Unmap();
        guest.RunTo(KvmExitReason.Mmio).Mmio.Answer(333);
        Assert.Equal(333u, guest.RunToOut(Port));
        guest.Vm.MapMemory(guest.Window, second);
        Assert.Equal(222u, guest.RunToOut(Port));
        second.Write(0x10, 444);
        Assert.Equal(444u, guest.RunToOut(Port));
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Write_to_a_read_only_slot_is_an_MMIO_exit_and_changes_nothing(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, __.fs[0x10]);
                code.@out(Port, eax);
                code.mov(__dword_ptr.fs[0x10], 0x5566_7788);
                code.mov(eax, __.fs[0x10]);
                code.@out(Port, eax);
            },
            null,
            KvmCapability.ReadonlyMem
        );
        using var rom = GuestMemory.Allocate(0x1000);
        rom.Write(0x10, 0x1122_3344);
        guest.Vm.MapMemory(guest.Window, rom, KvmMemoryRegionFlags.Readonly);

        Assert.Equal(0x1122_3344u, guest.RunToOut(Port));
        var mmio = guest.RunTo(KvmExitReason.Mmio).Mmio;
        Assert.True(mmio.IsWrite);
        Assert.Equal(guest.Window + 0x10, mmio.Address);
        Assert.Equal(0x5566_7788u, mmio.Value);
        Assert.Equal(0x1122_3344u, guest.RunToOut(Port));

        // Read-only is meant for the guest.
        guest.Vm.Memory.Write(guest.Window + 0x10, 9);
        Assert.Equal(9, rom.Read<int>(0x10));
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Access_across_the_end_of_a_slot_is_memory_here_and_MMIO_there(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, __.fs[0xFFE]);
                code.@out(Port, eax);
            }
        );
        using var memory = GuestMemory.Allocate(0x1000);
        memory.Write(0xFFE, (ushort)0xBBAA);
        guest.Vm.MapMemory(guest.Window, memory);

        var mmio = guest.RunTo(KvmExitReason.Mmio).Mmio;
        Assert.Equal(guest.Window + 0x1000, mmio.Address);
        Assert.Equal(2, mmio.Length);
        mmio.Answer(0xDDCC);

        Assert.Equal(0xDDCC_BBAA, guest.RunToOut(Port));
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Guest_s_access_may_lie_across_two_slots(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(__dword_ptr.fs[0xFFD], 0x4433_2211);
                code.@out(Port, al);
            }
        );
        using var first = GuestMemory.Allocate(0x1000);
        using var second = GuestMemory.Allocate(0x1000);
        guest.Vm.MapMemory(guest.Window, first);
        guest.Vm.MapMemory(guest.Window + 0x1000, second);

        guest.RunToOut(Port);

        Assert.Equal([0x11, 0x22, 0x33], first.GetSpan(0xFFD, 3).ToArray());
        Assert.Equal(0x44, second.Read<byte>(0));
        Assert.Equal(0x4433_2211u, guest.Vm.Memory.Read<uint>(guest.Window + 0xFFD));
    }

    [Fact]
    public void Memory_that_was_disposed_of_stays_while_it_is_mapped()
    {
        using var guest = CreateReader(GuestMode.LongUser);
        var memory = GuestMemory.Allocate(0x200_0000);
        memory.Write(0x10, 77);
        var slot = guest.Vm.MapMemory(guest.Window, memory);
        var address = KvmResources.AddressOf(memory);

        memory.Dispose();

        Assert.Equal(77u, guest.RunToOut(Port));
        guest.Vm.Memory.Write(guest.Window + 0x10, 78);
        Assert.Equal(78u, guest.RunToOut(Port));
        Assert.True(KvmResources.IsMapped(address, 0x200_0000));
        slot.Unmap();
        Assert.False(KvmResources.IsMapped(address, 0x200_0000));
        guest.RunTo(KvmExitReason.Mmio);
    }

    // Reads the same address in the window again and again.
    private static Guest CreateReader(GuestMode mode) =>
        Guest.Create(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.mov(eax, __.fs[0x10]);
                code.@out(Port, eax);
                code.jmp(loop);
            }
        );
}
