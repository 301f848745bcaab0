using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Ioctls;

public class InterruptControllerTests
{
    [Fact]
    public void Interrupt_line_that_is_raised_ends_HLT_and_calls_the_handler()
    {
        using var guest = HaltingGuest.Create();
        guest.RunToOut(HaltingGuest.ReadyPort);

        guest.Vm.IrqLine(new KvmIrqLevel { Irq = HaltingGuest.Line, Level = 1 });
        guest.Vm.IrqLine(new KvmIrqLevel { Irq = HaltingGuest.Line, Level = 0 });

        Worker.Do(() => guest.RunToOut(HaltingGuest.HandlerPort));
    }

    [Fact]
    public void Interrupt_line_that_is_raised_while_the_guest_halts_wakes_it()
    {
        using var guest = HaltingGuest.Create();
        guest.RunToOut(HaltingGuest.ReadyPort);
        var runner = new Worker(() => guest.RunToOut(HaltingGuest.HandlerPort));
        System.Threading.Thread.Sleep(20);
        Assert.True(runner.IsAlive);

        guest.Vm.IrqLine(new KvmIrqLevel { Irq = HaltingGuest.Line, Level = 1 });

        runner.Finish();
    }

    [Fact]
    public void Status_tells_whether_an_interrupt_was_taken_up()
    {
        using var guest = HaltingGuest.Create(KvmCapability.IrqInjectStatus);
        guest.RunToOut(HaltingGuest.ReadyPort);

        KvmIrqLevel level = new() { Irq = HaltingGuest.Line, Level = 1 };
        guest.Vm.IrqLineStatus(ref level);
        Assert.Equal(1, level.Status);

        Worker.Do(() => guest.RunToOut(HaltingGuest.HandlerPort));
    }

    [Fact]
    public void PIC_is_as_the_guest_programmed_it()
    {
        using var guest = HaltingGuest.Create();
        guest.RunToOut(HaltingGuest.ReadyPort);

        KvmIrqchip chip = new() { ChipId = KvmIrqchipId.PicMaster };
        guest.Vm.GetIrqchip(ref chip);

        Assert.Equal(HaltingGuest.FirstVector, chip.Chip.Pic.IrqBase);
        Assert.Equal(unchecked((byte)~(1 << (int)HaltingGuest.Line)), chip.Chip.Pic.Imr);
        Assert.Equal(0, chip.Chip.Pic.Isr);
    }

    [Fact]
    public void IOAPIC_that_was_set_is_read_back()
    {
        using var guest = HaltingGuest.Create();
        KvmIrqchip chip = new() { ChipId = KvmIrqchipId.Ioapic };
        guest.Vm.GetIrqchip(ref chip);
        Assert.Equal(0xFEC0_0000u, chip.Chip.Ioapic.BaseAddress);
        Assert.Equal(1, chip.Chip.Ioapic.Redirtbl[5].Fields.Mask);

        chip.Chip.Ioapic.Redirtbl[5].Fields.Vector = 0x77;
        chip.Chip.Ioapic.Redirtbl[5].Fields.TrigMode = 1;
        chip.Chip.Ioapic.Redirtbl[5].Fields.DestId = 3;
        guest.Vm.SetIrqchip(chip);

        KvmIrqchip back = new() { ChipId = KvmIrqchipId.Ioapic };
        guest.Vm.GetIrqchip(ref back);
        Assert.Equal(0x0300_0000_0001_8077u, back.Chip.Ioapic.Redirtbl[5].Bits);
        Assert.Equal(1, back.Chip.Ioapic.Redirtbl[6].Fields.Mask);
    }

    [Fact]
    public void Local_APIC_that_was_set_is_read_back()
    {
        using var guest = HaltingGuest.Create();
        const int TaskPriority = 0x80;
        guest.Vcpu.GetLapic(out var lapic);
        Assert.InRange(lapic.Regs[0x30], 0x10, 0x1F); // The version of an APIC that is built in.

        lapic.Regs[TaskPriority] = 0x30;
        guest.Vcpu.SetLapic(lapic);

        guest.Vcpu.GetLapic(out var back);
        Assert.Equal(0x30, back.Regs[TaskPriority]);
        guest.Vcpu.GetSregs(out var sregs);
        Assert.Equal(3u, sregs.Cr8);
    }

    [Fact]
    public void Interrupt_line_without_a_controller_is_refused()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();

        var refusal = Assert.Throws<KvmException>(() => vm.IrqLine(new KvmIrqLevel { Irq = HaltingGuest.Line, Level = 1 }));

        Assert.Equal("KVM_IRQ_LINE", refusal.Operation);
        Assert.Equal(Errno.ENXIO, refusal.Errno);
    }

    [Fact]
    public void Controllers_can_be_made_once_only()
    {
        using var guest = HaltingGuest.Create();

        var refusal = Assert.Throws<KvmException>(guest.Vm.CreateIrqchip);

        Assert.Equal("KVM_CREATE_IRQCHIP", refusal.Operation);
        Assert.Equal(Errno.EEXIST, refusal.Errno);
    }
}
