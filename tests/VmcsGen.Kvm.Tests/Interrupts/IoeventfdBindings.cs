using System;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Interrupts;

/// <summary>Doorbells: writes of the guest that signal an eventfd, as objects.</summary>
public class IoeventfdBindings
{
    private const byte DoorbellPort = 0x44;
    private const byte EndPort = 0x11;
    private const int Offset = 0x20;
    private static readonly int[] s_rings = [1, 2, 1, 3, 1];

    public static MatrixTheoryData<GuestMode, int> ModesAndLengths { get; } =
        new([GuestMode.LongSupervisor, GuestMode.LongUser], [0, 1, 2, 4, 8]);

    public static MatrixTheoryData<GuestMode, int> AllModesAndPortLengths { get; } =
        new([GuestMode.Real, GuestMode.Protected, GuestMode.LongSupervisor, GuestMode.LongUser], [0, 1, 2, 4]);

    [Theory, MemberData(nameof(ModesAndLengths))]
    public void Write_of_the_bound_length_signals_and_another_ends_Run(GuestMode mode, int length)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(__byte_ptr.fs[Offset], al);
                code.mov(__word_ptr.fs[Offset], ax);
                code.mov(__dword_ptr.fs[Offset], eax);
                code.mov(__qword_ptr.fs[Offset], rax);
                code.mov(__byte_ptr.fs[Offset + 1], al);
                code.@out(EndPort, al);
            },
            null,
            KvmCapability.IoeventfdAnyLength
        );
        using var doorbell = guest.Vm.BindIoeventfd(guest.Window + Offset, length);

        // The four writes to the address, without those that signal, and the one beside it.
        var exits = 0;
        KvmExit exit;
        for (; (exit = guest.Run()).Reason == KvmExitReason.Mmio; exits++)
            Assert.True(exit.Mmio.Length != length || exit.Mmio.Address != guest.Window + Offset);

        Assert.Equal(EndPort, exit.Io.Port);
        Assert.Equal(length == 0 ? 1 : 4, exits);
        Assert.True(doorbell.Eventfd.TryRead(out var count));
        Assert.Equal(length == 0 ? 4u : 1u, count);
    }

    [Theory, MemberData(nameof(AllModesAndPortLengths))]
    public void OUT_of_the_bound_length_signals_and_another_ends_Run(GuestMode mode, int length)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.@out(DoorbellPort, al);
                code.@out(DoorbellPort, ax);
                code.@out(DoorbellPort, eax);
                code.@out(EndPort, al);
            },
            null,
            KvmCapability.IoeventfdAnyLength
        );
        using var doorbell = guest.Vm.BindPortIoeventfd(DoorbellPort, length);

        var exits = 0;
        KvmIoExit io;
        for (; (io = guest.RunTo(KvmExitReason.Io).Io).Port == DoorbellPort; exits++)
            Assert.NotEqual(length, io.Size);

        Assert.Equal(length == 0 ? 0 : 2, exits);
        Assert.True(doorbell.Eventfd.TryRead(out var count));
        Assert.Equal(length == 0 ? 3u : 1u, count);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Doorbells_at_one_address_are_told_apart_by_the_value(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                foreach (var value in s_rings)
                {
                    code.mov(eax, value);
                    code.mov(__dword_ptr.fs[Offset], eax);
                    code.@out(DoorbellPort, eax);
                }
            },
            null,
            KvmCapability.Ioeventfd
        );
        var bells = new IoeventfdBinding[3];
        for (var value = 1ul; value <= 2; value++)
            bells[value] = guest.Vm.BindIoeventfd(guest.Window + Offset, 4, value);
        using var ports = guest.Vm.BindPortIoeventfd(DoorbellPort, 4, 1);

        Assert.Equal(2u, guest.RunToOut(DoorbellPort)); // The port has no doorbell for 2 and 3,
        Assert.Equal(3u, guest.RunTo(KvmExitReason.Mmio).Mmio.Value); // the address none for 3.
        Assert.Equal(3u, guest.RunToOut(DoorbellPort));
        bells[1].Dispose();
        Assert.Equal(1u, guest.RunTo(KvmExitReason.Mmio).Mmio.Value);

        Assert.True(bells[2].Eventfd.TryRead(out var twos));
        Assert.True(ports.Eventfd.TryRead(out var ones));
        Assert.Equal((1u, 2u), (twos, ones));
        bells[2].Dispose();
    }

    [Fact]
    public void Given_eventfd_keeps_what_it_counted_after_the_binding()
    {
        using var guest = CreateRinger();
        using var eventfd = Eventfd.Create();
        var doorbell = guest.Vm.BindPortIoeventfd(DoorbellPort, 1, eventfd: eventfd);
        guest.RunToOut(EndPort);

        doorbell.Dispose();

        Assert.False(doorbell.IsBound);
        Assert.True(eventfd.TryRead(out var count));
        Assert.Equal(2u, count);
        guest.RunToOut(DoorbellPort);
    }

    [Fact]
    public void Binding_says_what_it_binds()
    {
        using var guest = CreateRinger();
        using var port = guest.Vm.BindPortIoeventfd(DoorbellPort, 2, 0x1234);
        using var address = guest.Vm.BindIoeventfd(0x1_0000_0000, 8);

        Assert.Equal(((ulong)DoorbellPort, true, 2, (ulong?)0x1234), (port.Address, port.IsPort, port.Length, port.DataMatch));
        Assert.Equal((0x1_0000_0000ul, false, 8, (ulong?)null), (address.Address, address.IsPort, address.Length, address.DataMatch));
    }

    [Fact]
    public void What_cannot_ring_is_refused()
    {
        using var guest = CreateRinger();
        var vm = guest.Vm;

        Assert.Throws<ArgumentOutOfRangeException>(() => vm.BindIoeventfd(0x1000_0000, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.BindIoeventfd(0x1000_0000, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.BindPortIoeventfd(DoorbellPort, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.BindIoeventfd(0x1000_0000, 1, 0x100));
        Assert.Throws<ArgumentException>(() => vm.BindIoeventfd(0x1000_0000, 0, 1));
        using var bound = vm.BindIoeventfd(0x1000_0000, 8, ulong.MaxValue);
        var refusal = Assert.Throws<KvmException>(() => vm.BindIoeventfd(0x1000_0000, 8, ulong.MaxValue));
        Assert.Equal(("KVM_IOEVENTFD", Errno.EEXIST), (refusal.Operation, refusal.Errno));
        Assert.Contains("guest physical 0x10000000", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rings_are_counted_one_by_one_while_another_thread_waits()
    {
        const int Rings = 500;
        using var guest = Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                var loop = code.CreateLabel();
                code.mov(ecx, Rings);
                code.Label(ref loop);
                code.mov(__dword_ptr.fs[Offset], ecx);
                code.dec(ecx);
                code.jnz(loop);
                code.@out(EndPort, al);
            },
            null,
            KvmCapability.Ioeventfd
        );
        using var doorbell = guest.Vm.BindIoeventfd(guest.Window + Offset, 4);
        var total = 0ul;
        var waiter = new Worker(() =>
        {
            while (total < Rings)
            {
                Assert.True(doorbell.Eventfd.Wait(TimeSpan.FromSeconds(60)));
                if (doorbell.Eventfd.TryRead(out var count))
                    total += count;
            }
        });

        guest.RunToOut(EndPort);

        waiter.Finish();
        Assert.Equal((ulong)Rings, total);
    }

    [Fact]
    public void Doorbell_of_one_VM_is_the_interrupt_of_another()
    {
        using var ringer = CreateRinger();
        using var listener = ApicGuests.CreateHalting(KvmCapability.IrqRouting, KvmCapability.Irqfd);
        listener.PlaceApicHandler(0x41, 0x9000, 0x66);
        listener.Vm.SetGsiRouting(new GsiRouting().AddMsi(24, MsiMessage.Create(ApicDestination.Physical(0), 0x41)));
        using var interrupt = listener.Vm.BindIrqfd(24);
        using var doorbell = ringer.Vm.BindPortIoeventfd(DoorbellPort, 1, eventfd: interrupt.Eventfd);
        var runner = new Worker(() => Assert.Equal(0x66u, listener.RunToOut(ApicGuests.ReportPort)));

        ringer.RunToOut(EndPort);

        runner.Finish();
        Assert.False(interrupt.Eventfd.TryRead(out _)); // KVM took it.
    }

    // Rings twice and says so, for ever.
    private static Guest CreateRinger() =>
        Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.@out(DoorbellPort, al);
                code.@out(DoorbellPort, al);
                code.@out(EndPort, al);
                code.jmp(loop);
            },
            null,
            KvmCapability.Ioeventfd
        );
}
