using System;
using System.Collections.Concurrent;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Interrupts;

/// <summary>Eventfds that raise interrupts, as objects.</summary>
public class IrqfdBindings
{
    private const byte Vector = 0x41;
    private const ulong Handler = 0x9000;
    private const byte Report = 0x66;
    private const uint Line = 24;
    private const uint Pin = 20; // Of the I/O APIC only: the PICs, which no guest here sets up, have no part in it.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Signal_sends_the_message_of_the_line()
    {
        using var guest = CreateWithMessage();
        using var binding = guest.Vm.BindIrqfd(Line);

        for (var i = 0; i < 3; i++)
        {
            binding.Signal();
            Worker.Do(() => Assert.Equal(Report, guest.RunToOut(ApicGuests.ReportPort)));
        }
        Assert.True(binding.IsBound);
        Assert.Equal((Line, (Eventfd?)null), (binding.Gsi, binding.ResampleEventfd));
    }

    [Fact]
    public void Disposed_binding_raises_nothing_and_its_eventfd_can_be_bound_again()
    {
        using var guest = CreateWithMessage();
        using var eventfd = Eventfd.Create();
        var binding = guest.Vm.BindIrqfd(Line, eventfd);

        binding.Dispose();
        binding.Dispose();

        Assert.False(binding.IsBound);
        eventfd.Signal();
        Assert.True(eventfd.TryRead(out var count)); // Nobody else took it.
        Assert.Equal(1u, count);
        using var again = guest.Vm.BindIrqfd(Line, eventfd);
        again.Signal();
        Worker.Do(() => Assert.Equal(Report, guest.RunToOut(ApicGuests.ReportPort)));
    }

    [Fact]
    public void Binding_keeps_its_eventfd_open()
    {
        using var guest = CreateWithMessage();
        var eventfd = Eventfd.Create();
        using var binding = guest.Vm.BindIrqfd(Line, eventfd);

        eventfd.Dispose();
        Assert.True(guest.Vm.SignalMsi(MsiMessage.Create(ApicDestination.Physical(0), Vector))); // So that the guest is seen to be up to date.
        Worker.Do(() => Assert.Equal(Report, guest.RunToOut(ApicGuests.ReportPort)));
        binding.Signal();

        Worker.Do(() => Assert.Equal(Report, guest.RunToOut(ApicGuests.ReportPort)));
        binding.Dispose();
        Assert.True(eventfd.IsClosed);
        Assert.Throws<ObjectDisposedException>(() => binding.Signal());
    }

    [Fact]
    public void Forgotten_binding_goes_on()
    {
        using var guest = CreateWithMessage();
        using var eventfd = Eventfd.Create();
        Forget(guest.Vm, eventfd);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        eventfd.Signal();

        Worker.Do(() => Assert.Equal(Report, guest.RunToOut(ApicGuests.ReportPort)));

        static void Forget(KvmVm vm, Eventfd eventfd) => vm.BindIrqfd(Line, eventfd);
    }

    [Fact]
    public void End_of_the_VM_ends_its_bindings_and_releases_their_eventfds()
    {
        var own = Eventfd.Create();
        IrqfdBinding given;
        IrqfdBinding made;
        using (var guest = CreateWithMessage())
        {
            given = guest.Vm.BindIrqfd(Line, own);
            made = guest.Vm.BindResampledIrqfd(5);
            Assert.True(given.IsBound && made.IsBound);
        }

        Assert.False(given.IsBound || made.IsBound);
        own.Dispose();
        Assert.True(own.IsClosed);
        Assert.False(made.Eventfd.IsClosed);
        made.Dispose();
        Assert.True(made.Eventfd.IsClosed && made.ResampleEventfd!.IsClosed);
        given.Dispose();
    }

    [Fact]
    public void Forgotten_VM_releases_what_its_bindings_and_zones_hold()
    {
        var own = Eventfd.Create();
        var before = KvmResources.Count();
        Worker.Do(() => Forget(own)); // On a thread whose stack is gone then.
        own.Dispose();

        Assert.Equal(before, KvmResources.Count());
        Assert.True(own.IsClosed);

        static void Forget(Eventfd own)
        {
            var guest = CreateWithMessage();
            guest.Vm.BindIrqfd(Line, own);
            guest.Vm.BindIoeventfd(0x1000_0000, eventfd: own);
            if (guest.Vm.Has(KvmCapability.CoalescedMmio))
                guest.Vm.CoalesceMmio(0x2000_0000, 0x1000);
            guest.Vcpu.DrainCoalesced(static _ => { });
        }
    }

    [Fact]
    public void What_KVM_refuses_leaves_nothing_behind()
    {
        using var host = TestHost.Open(KvmCapability.Irqfd);
        using var vm = host.CreateVm(); // Without controllers.
        var eventfd = Eventfd.Create();

        var refusal = Assert.Throws<KvmException>(() => vm.BindIrqfd(Line, eventfd));

        Assert.Equal(("KVM_IRQFD", Errno.EINVAL), (refusal.Operation, refusal.Errno));
        Assert.Contains($"line {Line}", refusal.Message, StringComparison.Ordinal);
        eventfd.Dispose();
        Assert.True(eventfd.IsClosed); // No reference is left.
        Assert.Throws<ObjectDisposedException>(() => vm.BindIrqfd(Line, eventfd));
        Assert.Throws<ArgumentException>(() => vm.BindIrqfd(Line, new Eventfd()));
        using var bound = Eventfd.Create();
        vm.Dispose();
        Assert.Throws<ObjectDisposedException>(() => vm.BindIrqfd(Line, bound));
    }

    [Fact]
    public void Bindings_may_be_ended_on_several_threads_while_the_VM_goes()
    {
        for (var round = 0; round < 20; round++)
        {
            var guest = CreateWithMessage();
            var binding = guest.Vm.BindIrqfd(Line);
            using var barrier = new Barrier(3);
            var workers = new[] { binding.Dispose, binding.Dispose, (Action)guest.Dispose };

            var running = Array.ConvertAll(
                workers,
                body => new Worker(() =>
                {
                    barrier.SignalAndWait(s_patience, TestContext.Current.CancellationToken);
                    body();
                })
            );

            foreach (var worker in running)
                worker.Finish();
            Assert.False(binding.IsBound);
            Assert.True(binding.Eventfd.IsClosed);
        }
    }

    // A level-triggered pin of the I/O APIC. The device wants service as often as it has work, and the guest takes one piece of
    // it for each interrupt: KVM signals the end of each, and the device raises the line again while there is work left. Not
    // every KVM waits for the guest's write to the EOI register: some end an interrupt of the local APIC when they deliver it.
    [Fact]
    public void Level_triggered_device_is_served_until_it_has_no_work_left()
    {
        const byte WorkPort = 0x12;
        const int Work = 5;
        using var guest = ApicGuests.CreateHalting(KvmCapability.IrqfdResample);
        guest.PlaceApicHandler(
            Vector,
            Handler,
            static code =>
            {
                code.@out(WorkPort, al);
                code.WriteEndOfInterrupt();
                code.@out(ApicGuests.ReportPort, al);
                code.iret();
            }
        );
        guest.PlaceApicHandler(Vector + 1, Handler + 0x100, Report);
        SetLevelTriggered(guest.Vm);
        using var binding = guest.Vm.BindResampledIrqfd(Pin);
        var resample = binding.ResampleEventfd!;
        var left = Work;
        var device = new Worker(() =>
        {
            while (true)
            {
                Assert.True(resample.Wait(s_patience));
                Assert.True(resample.TryRead(out var ends));
                Assert.Equal(1u, ends);
                if (Volatile.Read(ref left) == 0)
                    return;
                binding.Signal();
            }
        });

        binding.Signal();
        while (left > 0)
        {
            // The work is done before the end of the interrupt, wherever KVM sees that.
            left--;
            Worker.Do(() => guest.RunToOut(WorkPort));
            Worker.Do(() => guest.RunToOut(ApicGuests.ReportPort));
        }
        device.Finish();

        // The line was released: no interrupt of it comes, but one by a message does.
        Assert.False(resample.TryRead(out _));
        Assert.True(guest.Vm.SignalMsi(MsiMessage.Create(ApicDestination.Physical(0), Vector + 1)));
        Worker.Do(() => Assert.Equal(Report, guest.RunToOut(ApicGuests.ReportPort)));
    }

    [Fact]
    public void Devices_on_several_threads_get_an_interrupt_for_every_signal()
    {
        // A line and a handler for each device, which waits for its interrupt before it signals again.
        const int Devices = 4;
        const int Signals = 200;
        const byte LastReport = 0xF0;
        using var guest = ApicGuests.CreateHalting(KvmCapability.IrqRouting, KvmCapability.Irqfd);
        var routing = GsiRouting.CreatePc();
        for (var device = 0; device < Devices; device++)
        {
            var vector = (byte)(Vector + device);
            guest.PlaceApicHandler(vector, Handler + 0x100ul * (ulong)device, (byte)device);
            routing.AddMsi(Line + (uint)device, MsiMessage.Create(ApicDestination.Physical(0), vector));
        }
        guest.PlaceApicHandler(0x80, Handler + 0x800, LastReport);
        guest.Vm.SetGsiRouting(routing);
        var taken = new BlockingCollection<int>[Devices];
        var counts = new int[Devices];
        var workers = new Worker[Devices];
        for (var device = 0; device < Devices; device++)
            taken[device] = [];

        var runner = new Worker(() =>
        {
            while (true)
            {
                var report = (int)guest.RunToOut(ApicGuests.ReportPort);
                if (report == LastReport)
                    return;
                taken[report].Add(++counts[report]);
            }
        });
        for (var device = 0; device < Devices; device++)
        {
            var mine = taken[device];
            var binding = guest.Vm.BindIrqfd(Line + (uint)device);
            workers[device] = new Worker(() =>
            {
                using (binding)
                {
                    for (var i = 1; i <= Signals; i++)
                    {
                        binding.Signal();
                        Assert.True(mine.TryTake(out var count, s_patience));
                        Assert.Equal(i, count);
                    }
                }
            });
        }
        foreach (var worker in workers)
            worker.Finish();
        Assert.True(guest.Vm.SignalMsi(MsiMessage.Create(ApicDestination.Physical(0), 0x80)));
        runner.Finish();

        Assert.All(counts, static count => Assert.Equal(Signals, count));
        foreach (var queue in taken)
            queue.Dispose();
    }

    private static Guest CreateWithMessage()
    {
        var guest = ApicGuests.CreateHalting(KvmCapability.IrqRouting, KvmCapability.Irqfd, KvmCapability.SignalMsi);
        guest.PlaceApicHandler(Vector, Handler, Report);
        guest.Vm.SetGsiRouting(GsiRouting.CreatePc().AddMsi(Line, MsiMessage.Create(ApicDestination.Physical(0), Vector)));
        return guest;
    }

    private static void SetLevelTriggered(KvmVm vm)
    {
        KvmIrqchip chip = new() { ChipId = KvmIrqchipId.Ioapic };
        vm.GetIrqchip(ref chip);
        // Vector, level-triggered (bit 15), not masked, to APIC id 0.
        chip.Chip.Ioapic.Redirtbl[(int)Pin].Bits = Vector | 1 << 15;
        vm.SetIrqchip(chip);
    }
}
