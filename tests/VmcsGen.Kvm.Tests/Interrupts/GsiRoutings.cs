using System;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Interrupts;

/// <summary>Tables of interrupt lines, and what comes of them in guests.</summary>
public class GsiRoutings
{
    private const ulong Handler = 0x9000;

    [Fact]
    public void Line_has_one_pin_of_each_controller_or_one_other_target()
    {
        var routing = new GsiRouting()
            .AddIrqchip(5, KvmIrqchipId.PicMaster, 5)
            .AddIrqchip(5, KvmIrqchipId.Ioapic, 5)
            .AddMsi(24, MsiMessage.Create(ApicDestination.Physical(0), 0x41))
            .AddHypervSint(25, vcpuIndex: 1, sint: 2)
            .AddXenEventChannel(26, port: 3, vcpuId: 1);

        foreach (
            var (line, target, use) in new (int, string, Action)[]
            {
                (5, "Ioapic pin 5", () => routing.AddIrqchip(5, KvmIrqchipId.Ioapic, 6)),
                (5, "PicMaster pin 5", () => routing.AddMsi(5, MsiMessage.Create(ApicDestination.Physical(0), 0x41))),
                (24, "message 0xFEE00000, 0x41", () => routing.AddIrqchip(24, KvmIrqchipId.Ioapic, 1)),
                (24, "message 0xFEE00000, 0x41", () => routing.AddMsi(24, MsiMessage.Create(ApicDestination.Physical(0), 0x42))),
                (25, "synthetic interrupt 2 of vCPU 1", () => routing.AddHypervSint(25, 0, 0)),
                (26, "event channel 3 of vCPU 1", () => routing.AddXenEventChannel(26, 4, 0)),
            }
        )
        {
            var refusal = Assert.Throws<ArgumentException>(use);
            Assert.Contains($"Line {line} ", refusal.Message, StringComparison.Ordinal);
            Assert.Contains(target, refusal.Message, StringComparison.Ordinal);
        }
        Assert.Equal(5, routing.Entries.Length);
    }

    [Fact]
    public void Entries_are_as_KVM_wants_them()
    {
        var entries = new GsiRouting()
            .AddIrqchip(9, KvmIrqchipId.PicSlave, 1)
            .AddMsi(24, new MsiMessage(0x1200_FEE0_3000, 0x41), deviceId: 7)
            .AddMsi(25, new MsiMessage(0xFEE0_0000, 0x42))
            .AddHypervSint(26, 1, 2)
            .AddXenEventChannel(27, 3, 1)
            .Entries.ToArray();

        Assert.Equal([9u, 24u, 25u, 26u, 27u], entries.Select(static entry => entry.Gsi));
        Assert.Equal((KvmIrqchipId.PicSlave, 1u), (entries[0].Target.Irqchip.Irqchip, entries[0].Target.Irqchip.Pin));
        var msi = entries[1].Target.Msi;
        Assert.Equal((0xFEE0_3000u, 0x1200u, 0x41u, 7u), (msi.AddressLo, msi.AddressHi, msi.Data, msi.Devid));
        Assert.Equal([0, KvmMsiFlags.ValidDevid, 0, 0, 0], entries.Select(static entry => entry.Flags));
        Assert.Equal((1u, 2u), (entries[3].Target.HvSint.Vcpu, entries[3].Target.HvSint.Sint));
        var channel = entries[4].Target.XenEvtchn;
        Assert.Equal((3u, 1u, uint.MaxValue), (channel.Port, channel.Vcpu, channel.Priority));
    }

    [Fact]
    public void Pins_and_numbers_that_do_not_exist_are_refused()
    {
        var routing = new GsiRouting();

        Assert.Throws<ArgumentOutOfRangeException>(() => routing.AddIrqchip(0, KvmIrqchipId.PicMaster, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => routing.AddIrqchip(0, KvmIrqchipId.PicSlave, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => routing.AddIrqchip(0, KvmIrqchipId.Ioapic, 24));
        Assert.Throws<ArgumentOutOfRangeException>(() => routing.AddIrqchip(0, (KvmIrqchipId)3, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => routing.AddHypervSint(0, 0, 16));
        Assert.True(routing.Entries.IsEmpty);
    }

    [Fact]
    public void Line_that_was_removed_can_lead_elsewhere()
    {
        var routing = GsiRouting.CreatePc();
        Assert.Equal(24u, routing.FindFreeGsi());
        Assert.Equal(24u, routing.AddMsi(25, MsiMessage.Create(ApicDestination.Physical(0), 0x41)).FindFreeGsi(3));

        Assert.True(routing.Remove(4));
        Assert.False(routing.Remove(4));

        Assert.Equal(4u, routing.FindFreeGsi(0));
        routing.AddMsi(4, MsiMessage.Create(ApicDestination.Physical(0), 0x41));
    }

    [Fact]
    public void PC_table_has_PIC_and_IOAPIC_pins_and_may_have_the_timer_on_pin_2()
    {
        var plain = GsiRouting.CreatePc().Entries.ToArray();
        var usual = GsiRouting.CreatePc(timerOnPin2: true).Entries.ToArray();

        Assert.Equal(16 + 24, plain.Length);
        Assert.All(
            plain,
            static entry =>
                Assert.Equal(entry.Target.Irqchip.Irqchip == KvmIrqchipId.PicSlave ? entry.Gsi - 8 : entry.Gsi, entry.Target.Irqchip.Pin)
        );
        Assert.Equal(16 + 23, usual.Length);
        var ioapic = usual.Where(static entry => entry.Target.Irqchip.Irqchip == KvmIrqchipId.Ioapic).ToArray();
        Assert.Equal([2u], ioapic.Where(static entry => entry.Gsi == 0).Select(static entry => entry.Target.Irqchip.Pin));
        Assert.DoesNotContain(ioapic, static entry => entry.Gsi == 2);
    }

    [Fact]
    public void Lines_beyond_what_KVM_has_are_refused_by_number()
    {
        using var host = TestHost.Open(KvmCapability.IrqRouting);
        using var vm = host.CreateVm();
        vm.CreateIrqchip();
        var limit = (uint)vm.Check(KvmCapability.IrqRouting);

        vm.SetGsiRouting(new GsiRouting().AddMsi(limit - 1, MsiMessage.Create(ApicDestination.Physical(0), 0x41)));

        var high = new GsiRouting().AddMsi(limit, MsiMessage.Create(ApicDestination.Physical(0), 0x41));
        var refusal = Assert.Throws<ArgumentException>(() => vm.SetGsiRouting(high));
        Assert.Contains($"Line {limit}", refusal.Message, StringComparison.Ordinal);
        var many = new GsiRouting();
        for (var i = 0u; i <= limit; i++)
            many.AddIrqchip(i / 2, (KvmIrqchipId)(i % 2), 0);
        refusal = Assert.Throws<ArgumentException>(() => vm.SetGsiRouting(many));
        Assert.Contains($"{limit + 1} entries", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => vm.SetGsiRouting((GsiRouting)null!));
    }

    [Fact]
    public void PC_table_raises_the_lines_of_the_PICs()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            GuestPrograms.HaltWithOpenLine(4),
            static vm => vm.CreateIrqchip(),
            KvmCapability.IrqRouting
        );
        guest.PlaceHandler(0x24, Handler, 0x66);
        guest.RunToOut(GuestPrograms.Port);
        var routing = GsiRouting.CreatePc(timerOnPin2: true);
        guest.Vm.SetGsiRouting(routing);

        guest.Vm.IrqLine(4, true);
        guest.Vm.IrqLine(4, false);

        Worker.Do(() => Assert.Equal(0x66u, guest.RunToOut(GuestPrograms.Port)));
        Assert.True(guest.Vm.IrqLineStatus(5, true) < 0); // A masked pin.
    }

    [Fact]
    public void Message_of_a_line_can_be_changed_while_an_eventfd_raises_it()
    {
        using var guest = ApicGuests.CreateHalting(KvmCapability.IrqRouting, KvmCapability.Irqfd);
        guest.PlaceApicHandler(0x41, Handler, 0x66);
        guest.PlaceApicHandler(0x42, Handler + 0x100, 0x77);
        var routing = GsiRouting.CreatePc().AddMsi(24, MsiMessage.Create(ApicDestination.Physical(0), 0x41));
        guest.Vm.SetGsiRouting(routing);
        using var binding = guest.Vm.BindIrqfd(24);

        binding.Signal();
        Worker.Do(() => Assert.Equal(0x66u, guest.RunToOut(ApicGuests.ReportPort)));
        routing.Remove(24);
        guest.Vm.SetGsiRouting(routing.AddMsi(24, MsiMessage.Create(ApicDestination.Physical(0), 0x42)));
        binding.Signal();

        Worker.Do(() => Assert.Equal(0x77u, guest.RunToOut(ApicGuests.ReportPort)));
    }

    [Fact]
    public void Message_goes_to_the_vCPU_that_it_names()
    {
        using var guest = ApicGuests.CreateHalting(KvmCapability.SignalMsi);
        guest.PlaceApicHandler(0x41, Handler, 0x66);

        Assert.False(guest.Vm.SignalMsi(MsiMessage.Create(ApicDestination.Physical(9), 0x41)));
        Assert.True(guest.Vm.SignalMsi(MsiMessage.Create(ApicDestination.Physical(0), 0x41)));

        Worker.Do(() => Assert.Equal(0x66u, guest.RunToOut(ApicGuests.ReportPort)));
    }

    [Fact]
    public void Split_irqchip_takes_messages_and_has_no_pins()
    {
        using var guest = ApicGuests.CreateHalting(
            static vm => vm.CreateSplitIrqchip(),
            KvmCapability.SplitIrqchip,
            KvmCapability.IrqRouting
        );
        guest.PlaceApicHandler(0x41, Handler, 0x66);
        guest.Vm.SetGsiRouting(new GsiRouting().AddMsi(5, MsiMessage.Create(ApicDestination.Physical(0), 0x41)));

        guest.Vm.IrqLine(5, true);

        Worker.Do(() => Assert.Equal(0x66u, guest.RunToOut(ApicGuests.ReportPort)));
        var refusal = Assert.Throws<KvmException>(() => guest.Vm.SetGsiRouting(GsiRouting.CreatePc()));
        Assert.Equal(("KVM_SET_GSI_ROUTING", Errno.EINVAL), (refusal.Operation, refusal.Errno));
        Assert.Equal(Errno.EEXIST, Assert.Throws<KvmException>(() => guest.Vm.CreateSplitIrqchip()).Errno);
    }
}
