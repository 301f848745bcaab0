using System;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>System-management mode: KVM_SMI, what is seen of the mode, memory of its own, and a snapshot within it.</summary>
public class SystemManagementTests
{
    // The handler begins 32 KiB behind SMBASE; the state that it interrupts is stored below 64 KiB. Source: SDM 3C 32.3 and 32.4.
    private const ulong Smbase = 0x3_0000;
    private const ulong HandlerOffset = 0x8000;
    private const byte HandlerPort = 0x12;

    // mov al, 5Ah; out 12h, al; mov al, 5Bh; out 12h, al; rsm
    private static readonly byte[] s_handler = [0xB0, 0x5A, 0xE6, HandlerPort, 0xB0, 0x5B, 0xE6, HandlerPort, 0x0F, 0xAA];

    [Fact]
    public void Interrupt_enters_the_mode_and_RSM_leaves_it()
    {
        using var memory = GuestMemory.Allocate(0x1_0000);
        using var guest = Create(GuestPrograms.ReportForEver, memory);
        guest.RunToOut(GuestPrograms.Port);

        guest.Vcpu.Smi();
        guest.Vcpu.GetVcpuEvents(out var events);
        Assert.Equal((1, 0), (events.Smi.Pending, events.Smi.Smm));

        Assert.Equal(0x5Au, guest.RunToOut(HandlerPort));
        Assert.True(guest.Vcpu.RunPage.Flags.HasFlag(KvmRunFlags.Smm));
        guest.Vcpu.GetVcpuEvents(out events);
        Assert.Equal((0, 1), (events.Smi.Pending, events.Smi.Smm));
        Assert.Equal(0x5Bu, guest.RunToOut(HandlerPort));

        guest.RunToOut(GuestPrograms.Port);
        Assert.False(guest.Vcpu.RunPage.Flags.HasFlag(KvmRunFlags.Smm));
        guest.Vcpu.GetVcpuEvents(out events);
        Assert.Equal(0, events.Smi.Smm);
    }

    [Fact]
    public void Handler_goes_on_in_a_fresh_VM()
    {
        using var memory = GuestMemory.Allocate(0x1_0000);
        using var guest = Create(GuestPrograms.ReportForEver, memory);
        guest.Vcpu.Smi();
        Assert.Equal(0x5Au, guest.RunToOut(HandlerPort));
        var state = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);

        using var vm = guest.Host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        state.RestoreTo(vm, vcpu);

        Assert.Equal(0x5Bu, Runs.ToOut(vcpu, HandlerPort));
        Runs.ToOut(vcpu, GuestPrograms.Port);
        vcpu.GetRegs(out var regs);
        Assert.InRange(regs.Rip, Guest.CodeAddress, guest.CodeEnd);
    }

    [Fact]
    public void Mode_has_memory_that_the_guest_outside_of_it_does_not_see()
    {
        using var memory = GuestMemory.Allocate(0x1_0000);
        using var guest = Create(
            static code =>
            {
                code.mov(ax, (ushort)(Smbase >> 4));
                code.mov(ds, ax);
                code.@out(GuestPrograms.Port, al);
                code.mov(al, __byte_ptr[HandlerOffset]);
            },
            memory
        );
        guest.RunToOut(GuestPrograms.Port);
        guest.Vcpu.Smi();

        Assert.Equal(0x5Au, guest.RunToOut(HandlerPort));
        Assert.Equal(0x5Bu, guest.RunToOut(HandlerPort));
        Assert.Equal(Smbase + HandlerOffset, guest.RunTo(KvmExitReason.Mmio).Mmio.Address);
    }

    // In the mode a vCPU sees the slots of address space 1: the ordinary memory once more, and the memory with the handler.
    private static Guest Create(Action<Assembler> write, GuestMemory handlerMemory)
    {
        const int SmmSlot = 1 << 16; // Bits 16 and up of a slot's number are its address space.
        var guest = Guest.Create(GuestMode.Real, write, null, KvmCapability.X86Smm, KvmCapability.MultiAddressSpace);
        guest.Vm.MapMemory(0, guest.Memory, slot: SmmSlot);
        guest.Vm.MapMemory(Smbase, handlerMemory, slot: SmmSlot | 1);
        handlerMemory.Write(HandlerOffset, s_handler);
        return guest;
    }
}
