using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>Exits that the guest causes here, and the ioctls that answer them.</summary>
public class ProducedExits
{
    private const ulong Handler = 0x9000;
    private const byte Vector = 0x51;

    [Fact]
    public void Interrupt_is_injected_when_the_window_opens()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.cli();
                code.@out(GuestPrograms.Port, al);
                code.sti();
                GuestPrograms.SpinForEver(code);
            }
        );
        guest.PlaceHandler(Vector, Handler, 0x77);
        guest.RunToOut(GuestPrograms.Port);
        var stopped = new KvmExit(guest.Vcpu, guest.Vcpu.Generation);
        Assert.False(stopped.IsInterruptFlagSet);
        Assert.False(stopped.IsReadyForInterruptInjection);
        guest.Vcpu.RunPage.RequestInterruptWindow = 1;

        Worker.Do(() =>
        {
            var exit = guest.RunTo(KvmExitReason.IrqWindowOpen);
            Assert.True(exit.IsReadyForInterruptInjection);
            Assert.True(exit.IsInterruptFlagSet);
        });
        guest.Vcpu.RunPage.RequestInterruptWindow = 0;
        guest.Vcpu.Interrupt(new KvmInterrupt { Irq = Vector });

        Assert.Equal(0x77u, guest.RunToOut(GuestPrograms.Port));
    }

    [Fact]
    public void Interrupt_is_refused_as_the_kernel_documents_it()
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver);
        var refusal = Assert.Throws<KvmException>(() => guest.Vcpu.Interrupt(new KvmInterrupt { Irq = 256 }));
        Assert.Equal(("KVM_INTERRUPT", Errno.EINVAL), (refusal.Operation, refusal.Errno));

        using var withPic = Guest.Create(
            GuestMode.Real,
            GuestPrograms.ReportForEver,
            static vm => vm.CreateIrqchip(),
            KvmCapability.Irqchip
        );
        refusal = Assert.Throws<KvmException>(() => withPic.Vcpu.Interrupt(new KvmInterrupt { Irq = Vector }));
        Assert.Equal(("KVM_INTERRUPT", Errno.ENXIO), (refusal.Operation, refusal.Errno));
    }

    [Fact]
    public void Lowered_task_priority_goes_to_the_VMM_or_is_carried_out_by_the_emulator()
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                code.mov(eax, 9);
                code.mov(cr8, rax);
                code.mov(eax, 3);
                code.mov(cr8, rax);
                code.@out(GuestPrograms.Port, al);
            }
        );

        var exit = guest.Run();
        if (exit.Reason == KvmExitReason.Io)
        {
            // A KVM that emulates every instruction at CPL 0 carries the write out itself.
            guest.Vcpu.GetSregs(out var sregs);
            Assert.Equal(3u, sregs.Cr8);
            return;
        }
        Assert.Equal(KvmExitReason.SetTpr, exit.Reason);
        Assert.Equal(3, exit.TaskPriority);
    }

    [Fact]
    public void End_of_a_level_triggered_interrupt_goes_to_the_VMM_s_IOAPIC()
    {
        using var guest = CreateWithSplitController();
        KvmIrqRoutingEntry route = new() { Gsi = 5, Type = KvmIrqRoutingType.Msi };
        route.Target.Msi = new() { AddressLo = 0xFEE0_0000, Data = LevelTriggered };
        guest.Vm.SetGsiRouting(new KvmBuffer<KvmIrqRouting, KvmIrqRoutingEntry>([route]));
        guest.RunToOut(GuestPrograms.Port);

        Assert.Equal(1, guest.Vm.SignalMsi(new KvmMsi { AddressLo = 0xFEE0_0000, Data = LevelTriggered }));
        Assert.Equal(0x77u, guest.RunToOut(GuestPrograms.Port));
        var exit = guest.RunTo(KvmExitReason.IoapicEoi);

        Assert.Equal(Vector, exit.IoapicEoiVector);
        Assert.Equal($"IoapicEoi: vector 0x{Vector:X}", exit.ToString());
    }

    [Fact]
    public void Message_that_no_APIC_takes_is_not_delivered_and_one_without_controllers_is_refused()
    {
        using var guest = CreateWithSplitController();
        Assert.InRange(guest.Vm.SignalMsi(new KvmMsi { AddressLo = 0xFEE0_0000 | 0x22 << 12, Data = LevelTriggered }), 0, 0);

        using var vm = guest.Host.CreateVm();
        var refusal = Assert.Throws<KvmException>(() => vm.SignalMsi(new KvmMsi { AddressLo = 0xFEE0_0000, Data = LevelTriggered }));
        Assert.Equal(("KVM_SIGNAL_MSI", Errno.EINVAL), (refusal.Operation, refusal.Errno));
    }

    // Vector, level-triggered, asserted. Source: SDM 3A 12.11.2.
    private const uint LevelTriggered = Vector | 1 << 15 | 1 << 14;

    // 32-bit code with an interrupt gate for the vector and its local APIC turned on; the handler reports and ends the interrupt.
    private static Guest CreateWithSplitController()
    {
        const ulong Idt = 0x6000;
        const ulong Gdt = 0x5000;
        const uint EndOfInterrupt = 0xFEE0_00B0;
        const int SpuriousVectorRegister = 0xF0;
        var guest = Guest.Create(
            GuestMode.Protected,
            static code =>
            {
                code.@out(GuestPrograms.Port, al);
                code.sti();
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.hlt();
                code.jmp(loop);
            },
            static vm => vm.EnableCap(KvmCapability.SplitIrqchip, 24),
            KvmCapability.SplitIrqchip
        );
        guest.Place(
            Handler,
            static code =>
            {
                code.mov(al, 0x77);
                code.@out(GuestPrograms.Port, al);
                code.mov(__dword_ptr[EndOfInterrupt], 0);
                code.@out(GuestPrograms.Port, al);
                code.iretd();
            }
        );

        // Flat 32-bit code at selector 8, flat data at 16; an interrupt gate to the handler.
        guest.Memory.Write(Gdt + 0x08, 0x00CF_9B00_0000_FFFFul);
        guest.Memory.Write(Gdt + 0x10, 0x00CF_9300_0000_FFFFul);
        guest.Memory.Write(Idt + Vector * 8ul, Handler | 0x08ul << 16 | 0x8E00ul << 32);
        guest.Vcpu.GetSregs(out var sregs);
        sregs.Gdt = new KvmDtable { Base = Gdt, Limit = 0x17 };
        sregs.Idt = new KvmDtable { Base = Idt, Limit = 0x7FF };
        guest.Vcpu.SetSregs(sregs);
        guest.Vcpu.GetLapic(out var lapic);
        lapic.Regs[SpuriousVectorRegister] = 0xFF;
        lapic.Regs[SpuriousVectorRegister + 1] = 1; // Software enable.
        guest.Vcpu.SetLapic(lapic);
        return guest;
    }
}
