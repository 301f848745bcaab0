using System;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Vm;

/// <summary>Ioctls of a VM with nothing more to them than their argument, each with an effect that is seen.</summary>
public class VmIoctls
{
    private const ulong Handler = 0x9000;

    [Fact]
    public void Routing_table_leads_a_line_to_another_pin()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            GuestPrograms.HaltWithOpenLine(4),
            static vm => vm.CreateIrqchip(),
            KvmCapability.IrqRouting
        );
        guest.PlaceHandler(0x24, Handler, 0x66);
        guest.RunToOut(GuestPrograms.Port);
        KvmIrqRoutingEntry route = new() { Gsi = 11, Type = KvmIrqRoutingType.Irqchip };
        route.Target.Irqchip = new() { Irqchip = KvmIrqchipId.PicMaster, Pin = 4 };

        guest.Vm.SetGsiRouting(new KvmBuffer<KvmIrqRouting, KvmIrqRoutingEntry>([route]));
        guest.Vm.IrqLine(new KvmIrqLevel { Irq = 4, Level = 1 }); // No longer a line.
        guest.Vm.IrqLine(new KvmIrqLevel { Irq = 11, Level = 1 });

        Worker.Do(() => Assert.Equal(0x66u, guest.RunToOut(GuestPrograms.Port)));
        route.Type = (KvmIrqRoutingType)99;
        var refusal = Assert.Throws<KvmException>(() => guest.Vm.SetGsiRouting(new KvmBuffer<KvmIrqRouting, KvmIrqRoutingEntry>([route])));
        Assert.Equal(("KVM_SET_GSI_ROUTING", Errno.EINVAL), (refusal.Operation, refusal.Errno));
    }

    [Fact]
    public void Timer_is_as_the_guest_programmed_it_and_as_it_was_set()
    {
        using var guest = CreateTimerUser(static vm => vm.CreatePit2(default));
        guest.RunToOut(GuestPrograms.Port);

        guest.Vm.GetPit2(out var state);
        Assert.Equal((0x1234u, (byte)3, (byte)3), (state.Channels[2].Count, state.Channels[2].Mode, state.Channels[2].RwMode));

        state.Channels[2].Count = 0x4321;
        guest.Vm.SetPit2(state);
        guest.Vm.GetPit2(out var back);
        Assert.Equal(0x4321u, back.Channels[2].Count);
        guest.Vm.ReinjectControl(new KvmReinjectControl { PitReinject = 1 });
        Assert.Equal(Errno.EEXIST, Assert.Throws<KvmException>(() => guest.Vm.CreatePit2(default)).Errno);
    }

    [Fact]
    public void Timer_of_the_older_interface_is_the_same_one()
    {
#pragma warning disable CS0618 // What is tested is the obsolete one.
        using var guest = CreateTimerUser(static vm => vm.CreatePit());
        guest.RunToOut(GuestPrograms.Port);

        guest.Vm.GetPit(out var state);
        Assert.Equal(0x1234u, state.Channels[2].Count);
        state.Channels[2].Count = 0x2222;
        guest.Vm.SetPit(state);
#pragma warning restore CS0618

        guest.Vm.GetPit2(out var back);
        Assert.Equal(0x2222u, back.Channels[2].Count);
    }

    [Fact]
    public void Timer_that_does_not_exist_is_refused()
    {
        using var host = TestHost.Open(KvmCapability.Pit2);
        using var vm = host.CreateVm();

        foreach (
            var (operation, errno, use) in new (string, Errno, Action)[]
            {
                ("KVM_GET_PIT2", Errno.ENXIO, () => vm.GetPit2(out _)),
                ("KVM_SET_PIT2", Errno.ENXIO, () => vm.SetPit2(default)),
                ("KVM_REINJECT_CONTROL", Errno.ENXIO, () => vm.ReinjectControl(default)),
            }
        )
        {
            var refusal = Assert.Throws<KvmException>(use);
            Assert.Equal((operation, errno), (refusal.Operation, refusal.Errno));
        }

        // Older kernels make a timer that has no interrupt controller to reach.
        if (Record.Exception(() => vm.CreatePit2(default)) is { } ofCreation)
        {
            var refusal = Assert.IsType<KvmException>(ofCreation);
            Assert.Equal(("KVM_CREATE_PIT2", Errno.ENOENT), (refusal.Operation, refusal.Errno));
        }
    }

    [Fact]
    public void Zone_that_is_no_longer_collected_exits_again()
    {
        KvmCoalescedMmioZone zone = new() { Addr = Guest.RealModeWindow, Size = 0x100 };
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.mov(__.fs[0x10], al);
                code.@out(GuestPrograms.Port, al);
                code.mov(__.fs[0x20], al);
            },
            vm => vm.RegisterCoalescedMmio(zone),
            KvmCapability.CoalescedMmio
        );
        guest.RunToOut(GuestPrograms.Port);

        guest.Vm.UnregisterCoalescedMmio(zone);

        Assert.Equal(Guest.RealModeWindow + 0x20, guest.RunTo(KvmExitReason.Mmio).Mmio.Address);
        zone.Pio = 2;
        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => guest.Vm.RegisterCoalescedMmio(zone)).Errno);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public unsafe void Writes_to_collected_ports_are_in_the_ring(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, 0x1122_3344);
                code.@out(0x44, eax);
                code.@out(0x46, al);
                code.@out(GuestPrograms.Port, al);
            },
            static vm =>
                vm.RegisterCoalescedMmio(
                    new KvmCoalescedMmioZone
                    {
                        Addr = 0x44,
                        Size = 4,
                        Pio = 1,
                    }
                ),
            KvmCapability.CoalescedPio
        );

        guest.RunToOut(GuestPrograms.Port);

        fixed (KvmRun* page = &guest.Vcpu.RunPage)
        {
            var ring = (KvmCoalescedMmioRing*)((byte*)page + KvmVcpuMapping.KvmCoalescedMmioPageOffset * 4096);
            var entries = (KvmCoalescedMmio*)(ring + 1);
            Assert.Equal((0u, 2u), (ring->First, ring->Last));
            Assert.Equal((0x44ul, 4u, 1u), (entries[0].PhysAddr, entries[0].Len, entries[0].Pio));
            Assert.Equal([0x44, 0x33, 0x22, 0x11], ((ReadOnlySpan<byte>)entries[0].Data)[..4].ToArray());
            Assert.Equal((0x46ul, 1u, 1u), (entries[1].PhysAddr, entries[1].Len, entries[1].Pio));
        }
    }

    [Fact]
    public void Filter_of_performance_events_is_taken_up_to_its_length()
    {
        using var host = TestHost.Open(KvmCapability.PmuEventFilter);
        using var vm = host.CreateVm();
        var filter = new KvmBuffer<KvmPmuEventFilter, ulong>([0x00C0ul, 0x003C]);
        filter.Header.Action = KvmPmuEventAction.Deny;

        vm.SetPmuEventFilter(filter);

        filter.Header.Action = (KvmPmuEventAction)9;
        var refusal = Assert.Throws<KvmException>(() => vm.SetPmuEventFilter(filter));
        Assert.Equal(("KVM_SET_PMU_EVENT_FILTER", Errno.EINVAL), (refusal.Operation, refusal.Errno));
        var tooMany = new KvmBuffer<KvmPmuEventFilter, ulong>(5000);
        Assert.Equal(Errno.E2BIG, Assert.Throws<KvmException>(() => vm.SetPmuEventFilter(tooMany)).Errno);
        filter.Header.Nevents = 3;
        Assert.Throws<InvalidOperationException>(() => vm.SetPmuEventFilter(filter));
    }

    [Fact]
    public unsafe void KVM_reads_just_the_performance_events_that_the_filter_counts()
    {
        using var host = TestHost.Open(KvmCapability.PmuEventFilter);
        using var vm = host.CreateVm();
        using var exact = new GuardedBuffer(sizeof(KvmPmuEventFilter) + 16);
        exact.As<KvmPmuEventFilter>()[0].Nevents = 2;

        vm.UnsafeIoctl(KvmIoctl.KVM_SET_PMU_EVENT_FILTER, exact.Pointer);

        exact.As<KvmPmuEventFilter>()[0].Nevents = 3;
        var refusal = Assert.Throws<KvmException>(() => vm.UnsafeIoctl(KvmIoctl.KVM_SET_PMU_EVENT_FILTER, exact.Pointer));
        Assert.Equal(Errno.EFAULT, refusal.Errno);
    }

    [Fact]
    public void Limit_of_shadow_pages_has_a_least_value()
    {
        using var host = TestHost.Open(KvmCapability.MmuShadowCacheControl);
        using var vm = host.CreateVm();

        vm.SetNrMmuPages(64);

        var refusal = Assert.Throws<KvmException>(() => vm.SetNrMmuPages(1));
        Assert.Equal(("KVM_SET_NR_MMU_PAGES", Errno.EINVAL), (refusal.Operation, refusal.Errno));
    }

    [Fact]
    public void Second_VFIO_device_is_refused()
    {
        using var host = TestHost.Open(KvmCapability.DeviceCtrl);
        using var vm = host.CreateVm();
        Assert.SkipUnless(vm.HasDevice(KvmDeviceType.Vfio), "This host's kernel has no VFIO device.");
        using var first = vm.CreateDevice(KvmDeviceType.Vfio);

        var refusal = Assert.Throws<KvmException>(() => vm.CreateDevice(KvmDeviceType.Vfio));

        Assert.Equal(("KVM_CREATE_DEVICE", Errno.EBUSY), (refusal.Operation, refusal.Errno));
    }

    [Fact]
    public void Capability_can_be_asked_for_by_number()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();

        Assert.Equal(12, host.GetApiVersion());
        Assert.Equal(vm.UnsafeIoctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)KvmCapability.NrMemslots), vm.Check(KvmCapability.NrMemslots));
        Assert.Equal(0, host.Check((KvmCapability)0x7777_7777));
    }

    // Programs channel 2 of the timer to mode 3 and a count of 0x1234, low byte first.
    private static Guest CreateTimerUser(Action<KvmVm> create) =>
        Guest.Create(
            GuestMode.Real,
            static code =>
            {
                foreach (var (port, value) in new (byte Port, byte Value)[] { (0x43, 0b1011_0110), (0x42, 0x34), (0x42, 0x12) })
                {
                    code.mov(al, value);
                    code.@out(port, al);
                }
                code.@out(GuestPrograms.Port, al);
            },
            vm =>
            {
                vm.CreateIrqchip();
                create(vm);
            },
            KvmCapability.Irqchip,
            KvmCapability.Pit2
        );
}
