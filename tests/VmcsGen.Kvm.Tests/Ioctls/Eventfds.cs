using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

public class Eventfds
{
    private const byte Port = 0x11;
    private const byte BoundPort = 0x20;

    [Fact]
    public void Counter_adds_up_and_is_taken_as_a_whole()
    {
        using var eventfd = Eventfd.Create();
        Assert.False(eventfd.TryRead(out _));
        Assert.False(eventfd.Wait(TimeSpan.Zero));

        eventfd.Signal();
        eventfd.Signal(41);

        Assert.True(eventfd.Wait(TimeSpan.FromSeconds(10)));
        Assert.True(eventfd.TryRead(out var count));
        Assert.Equal(42u, count);
        Assert.False(eventfd.TryRead(out _));
        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => eventfd.Signal(ulong.MaxValue)).Errno);
        eventfd.Dispose();
        Assert.Throws<ObjectDisposedException>(() => eventfd.Signal());
    }

    [Fact]
    public void Semaphore_gives_one_at_a_time()
    {
        using var eventfd = Eventfd.Create(initialValue: 2, isSemaphore: true);

        Assert.True(eventfd.TryRead(out var count));
        Assert.Equal(1u, count);
        Assert.True(eventfd.TryRead(out _));
        Assert.False(eventfd.TryRead(out _));
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.LongUser)]
    public void Write_to_a_bound_port_or_address_signals_instead_of_an_exit(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, 0x1234_5678);
                code.@out(BoundPort, al);
                code.mov(__.fs[0x40], eax);
                code.mov(__.fs[0x40], eax);
                code.@out(Port, al);
            },
            null,
            KvmCapability.Ioeventfd);
        using var ofPort = Eventfd.Create();
        using var ofAddress = Eventfd.Create();
        guest.Vm.Ioeventfd(ofPort, BoundPort, 1, KvmIoeventfdFlags.Pio);
        guest.Vm.Ioeventfd(ofAddress, guest.Window + 0x40, 4);

        guest.RunToOut(Port);

        Assert.True(ofPort.TryRead(out var count));
        Assert.Equal(1u, count);
        Assert.True(ofAddress.TryRead(out count));
        Assert.Equal(2u, count);
    }

    [Fact]
    public void Other_values_and_widths_than_the_bound_ones_are_exits()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.mov(eax, 0x1234_5678);
                code.mov(__.fs[0x40], eax);
                code.mov(eax, 7);
                code.mov(__.fs[0x40], eax);
                code.mov(__.fs[0x40], ax);
                code.@out(Port, al);
            },
            null,
            KvmCapability.Ioeventfd);
        using var eventfd = Eventfd.Create();
        guest.Vm.Ioeventfd(eventfd, guest.Window + 0x40, 4, KvmIoeventfdFlags.Datamatch, dataMatch: 7);

        Assert.Equal(0x1234_5678u, guest.RunTo(KvmExitReason.Mmio).Mmio.Value);
        Assert.Equal(2, guest.RunTo(KvmExitReason.Mmio).Mmio.Length);
        guest.RunToOut(Port);

        Assert.True(eventfd.TryRead(out var count));
        Assert.Equal(1u, count);
    }

    [Fact]
    public void Binding_ends_when_it_is_taken_back()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.@out(BoundPort, al), null, KvmCapability.Ioeventfd);
        using var eventfd = Eventfd.Create();
        guest.Vm.Ioeventfd(eventfd, BoundPort, 1, KvmIoeventfdFlags.Pio);
        var refusal = Assert.Throws<KvmException>(() => guest.Vm.Ioeventfd(eventfd, BoundPort, 1, KvmIoeventfdFlags.Pio));
        Assert.Equal(Errno.EEXIST, refusal.Errno);
        Assert.Contains("port 0x20", refusal.Message, StringComparison.Ordinal);

        guest.Vm.Ioeventfd(eventfd, BoundPort, 1, KvmIoeventfdFlags.Pio | KvmIoeventfdFlags.Deassign);

        guest.RunToOut(BoundPort);
        Assert.False(eventfd.TryRead(out _));
    }

    [Fact]
    public void Signal_raises_the_bound_interrupt_line()
    {
        using var guest = HaltingGuest.Create(KvmCapability.Irqfd);
        guest.RunToOut(HaltingGuest.ReadyPort);
        using var eventfd = Eventfd.Create();
        guest.Vm.Irqfd(eventfd, HaltingGuest.Line);

        var runner = new Worker(() => guest.RunToOut(HaltingGuest.HandlerPort));
        eventfd.Signal();

        runner.Finish();
    }

    [Fact]
    public void Descriptor_that_is_no_eventfd_is_refused()
    {
        using var guest = HaltingGuest.Create(KvmCapability.Irqfd);
        using var file = System.IO.File.OpenHandle("/dev/null");

        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => guest.Vm.Irqfd(file, HaltingGuest.Line)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => guest.Vm.Ioeventfd(file, BoundPort, 1, KvmIoeventfdFlags.Pio)).Errno);
    }
}
