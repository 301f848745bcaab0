using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Interrupts;

/// <summary>KVM_IRQFD, KVM_IOEVENTFD, and the eventfds that they bind.</summary>
public class Eventfds
{
    private const byte DoorbellPort = 0x44;
    private const byte HandlerReport = 0x99;
    private const ulong Handler = 0x9000;
    private const int Line = 4;

    [Fact]
    public void Signalled_eventfd_raises_the_interrupt_line()
    {
        using var guest = CreateHalting();
        using var eventfd = Eventfd.Create();
        guest.Vm.Irqfd(eventfd, Line);

        for (var i = 0; i < 3; i++)
        {
            var runner = new Worker(() => Assert.Equal(HandlerReport, guest.RunToOut(GuestPrograms.Port)));
            eventfd.Signal();
            runner.Finish();
        }
    }

    [Fact]
    public void Eventfd_whose_binding_was_ended_raises_nothing()
    {
        using var guest = CreateHalting();
        using var eventfd = Eventfd.Create();
        guest.Vm.Irqfd(eventfd, Line);

        guest.Vm.Irqfd(eventfd, Line, KvmIrqfdFlags.Deassign);
        var runner = new Worker(() => guest.Vcpu.Run());
        eventfd.Signal();
        Thread.Sleep(20);
        Assert.True(runner.IsAlive);

        guest.Vcpu.Kick();
        runner.Finish();
    }

    [Fact]
    public void Closed_eventfd_ends_its_binding()
    {
        using var guest = CreateHalting();
        var eventfd = Eventfd.Create();
        guest.Vm.Irqfd(eventfd, Line);
        eventfd.Dispose();
        using var next = Eventfd.Create();

        guest.Vm.Irqfd(next, Line);

        next.Signal();
        Worker.Do(() => guest.RunToOut(GuestPrograms.Port));
    }

    [Fact]
    public void Resample_eventfd_is_signalled_when_the_guest_ends_a_level_triggered_interrupt()
    {
        using var guest = CreateHalting(KvmCapability.IrqfdResample);
        using var eventfd = Eventfd.Create();
        using var resample = Eventfd.Create();
        guest.Vm.Irqfd(eventfd, Line, resampleEventfd: resample);

        eventfd.Signal();
        Worker.Do(() => guest.RunToOut(GuestPrograms.Port));
        Assert.False(resample.TryRead(out _));
        var runner = new Worker(() => guest.Vcpu.Run()); // Goes on in the handler, to the end of the interrupt.
        Assert.True(resample.Wait(TimeSpan.FromSeconds(30)));

        Assert.True(resample.TryRead(out var count));
        Assert.Equal(1u, count);
        guest.Vcpu.Kick();
        runner.Finish();
    }

    [Fact]
    public void Irqfd_is_refused_as_the_kernel_documents_it()
    {
        using var guest = CreateHalting();
        using var eventfd = Eventfd.Create();
        using var file = File.OpenHandle("/dev/null");
        guest.Vm.Irqfd(eventfd, Line);

        foreach (
            var (errno, use) in new (Errno, Action)[]
            {
                (Errno.EBUSY, () => guest.Vm.Irqfd(eventfd, Line)),
                (Errno.EINVAL, () => guest.Vm.Irqfd(file, Line)),
                (Errno.EINVAL, () => guest.Vm.Irqfd(eventfd, Line, (KvmIrqfdFlags)0x80)),
            }
        )
        {
            var refusal = Assert.Throws<KvmException>(use);
            Assert.Equal("KVM_IRQFD", refusal.Operation);
            Assert.Equal(errno, refusal.Errno);
        }
        Assert.Throws<ArgumentException>(() => guest.Vm.Irqfd(eventfd, Line, KvmIrqfdFlags.Resample));
        Assert.Throws<ArgumentNullException>(() => guest.Vm.Irqfd(null!, Line));
        Assert.Throws<ArgumentException>(() => guest.Vm.Irqfd(new Eventfd(), Line));
        eventfd.Dispose();
        Assert.Throws<ObjectDisposedException>(() => guest.Vm.Irqfd(eventfd, Line));
    }

    [Fact]
    public void Irqfd_without_controllers_in_the_kernel_is_refused()
    {
        using var host = TestHost.Open(KvmCapability.Irqfd);
        using var vm = host.CreateVm();
        using var eventfd = Eventfd.Create();

        var refusal = Assert.Throws<KvmException>(() => vm.Irqfd(eventfd, Line));

        Assert.Equal("KVM_IRQFD", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
        Assert.Contains($"line {Line}", refusal.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Write_to_a_bound_port_signals_the_eventfd_and_does_not_end_Run(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, 5);
                code.@out(DoorbellPort, eax);
                code.@out(DoorbellPort, eax);
                code.@out(DoorbellPort, al); // Another width.
                code.@out(DoorbellPort, eax);
            },
            null,
            KvmCapability.Ioeventfd
        );
        using var eventfd = Eventfd.Create();
        guest.Vm.Ioeventfd(eventfd, DoorbellPort, sizeof(uint), KvmIoeventfdFlags.Pio);

        Assert.Equal(5u, guest.RunToOut(DoorbellPort));

        Assert.True(eventfd.TryRead(out var count));
        Assert.Equal(2u, count);
        guest.Vm.Ioeventfd(eventfd, DoorbellPort, sizeof(uint), KvmIoeventfdFlags.Pio | KvmIoeventfdFlags.Deassign);
        Assert.Equal(5u, guest.RunToOut(DoorbellPort));
        Assert.False(eventfd.TryRead(out _));
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Write_to_a_bound_address_signals_if_its_value_matches(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(eax, 0x1234);
                code.mov(__.fs[0x20], ax);
                code.mov(eax, 0x4321);
                code.mov(__.fs[0x20], ax);
            },
            null,
            KvmCapability.Ioeventfd
        );
        using var eventfd = Eventfd.Create();
        guest.Vm.Ioeventfd(eventfd, guest.Window + 0x20, sizeof(ushort), KvmIoeventfdFlags.Datamatch, 0x1234);

        Assert.Equal(0x4321u, guest.RunTo(KvmExitReason.Mmio).Mmio.Value);

        Assert.True(eventfd.TryRead(out var count));
        Assert.Equal(1u, count);
    }

    [Fact]
    public void Length_0_takes_writes_of_any_width()
    {
        using var guest = Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                code.mov(__byte_ptr.fs[0x20], 1);
                code.mov(__word_ptr.fs[0x20], 1);
                code.mov(__dword_ptr.fs[0x20], 1);
                code.mov(__.fs[0x20], rax);
                code.mov(__byte_ptr.fs[0x21], 1);
            },
            null,
            KvmCapability.IoeventfdAnyLength
        );
        using var eventfd = Eventfd.Create();
        guest.Vm.Ioeventfd(eventfd, guest.Window + 0x20, 0);

        Assert.Equal(guest.Window + 0x21, guest.RunTo(KvmExitReason.Mmio).Mmio.Address);

        Assert.True(eventfd.TryRead(out var count));
        Assert.Equal(4u, count);
    }

    [Fact]
    public void Ioeventfd_is_refused_as_the_kernel_documents_it()
    {
        using var host = TestHost.Open(KvmCapability.Ioeventfd);
        using var vm = host.CreateVm();
        using var eventfd = Eventfd.Create();
        vm.Ioeventfd(eventfd, 0x1000, 4);

        foreach (
            var (errno, use) in new (Errno, Action)[]
            {
                (Errno.EEXIST, () => vm.Ioeventfd(eventfd, 0x1000, 4)),
                (Errno.ENOENT, () => vm.Ioeventfd(eventfd, 0x2000, 4, KvmIoeventfdFlags.Deassign)),
                (Errno.EINVAL, () => vm.Ioeventfd(eventfd, 0x2000, 3)),
                (Errno.EINVAL, () => vm.Ioeventfd(eventfd, ulong.MaxValue, 4)),
                (Errno.EINVAL, () => vm.Ioeventfd(eventfd, 0x2000, 4, (KvmIoeventfdFlags)0x8000)),
            }
        )
        {
            var refusal = Assert.Throws<KvmException>(use);
            Assert.Equal("KVM_IOEVENTFD", refusal.Operation);
            Assert.Equal(errno, refusal.Errno);
        }
        Assert.Throws<ArgumentNullException>(() => vm.Ioeventfd(null!, 0x2000, 4));
        eventfd.Dispose();
        Assert.Throws<ObjectDisposedException>(() => vm.Ioeventfd(eventfd, 0x2000, 4));
    }

    [Fact]
    public void Counter_is_taken_as_a_whole_and_that_of_a_semaphore_one_by_one()
    {
        using var counter = Eventfd.Create(3);
        using var semaphore = Eventfd.Create(2, isSemaphore: true);
        counter.Signal(4);

        Assert.True(counter.TryRead(out var count));
        Assert.Equal(7u, count);
        Assert.False(counter.TryRead(out count));
        Assert.Equal(0u, count);
        for (var i = 0; i < 2; i++)
        {
            Assert.True(semaphore.TryRead(out count));
            Assert.Equal(1u, count);
        }
        Assert.False(semaphore.TryRead(out _));
    }

    [Fact]
    public void Wait_ends_with_the_signal_or_with_the_time()
    {
        using var eventfd = Eventfd.Create();
        Assert.False(eventfd.Wait(TimeSpan.Zero));
        Assert.False(eventfd.Wait(TimeSpan.FromMilliseconds(5)));

        var waiter = new Worker(() => Assert.True(eventfd.Wait(Timeout.InfiniteTimeSpan)));
        Thread.Sleep(5);
        eventfd.Signal();

        waiter.Finish();
        Assert.True(eventfd.Wait(TimeSpan.Zero));
        Assert.True(eventfd.TryRead(out _));
    }

    [Fact]
    public void Wait_ends_when_its_token_is_cancelled_and_a_signal_comes_first()
    {
        using var eventfd = Eventfd.Create();
        using var early = new CancellationTokenSource();
        early.Cancel();
        Assert.Throws<OperationCanceledException>(() => eventfd.Wait(Timeout.InfiniteTimeSpan, early.Token));

        using var source = new CancellationTokenSource();
        Assert.False(eventfd.Wait(TimeSpan.FromMilliseconds(5), source.Token));
        var waiter = new Worker(() =>
            Assert.Equal(
                source.Token,
                Assert.Throws<OperationCanceledException>(() => eventfd.Wait(Timeout.InfiniteTimeSpan, source.Token)).CancellationToken
            )
        );
        Thread.Sleep(5);
        source.Cancel();
        waiter.Finish();

        eventfd.Signal();
        Assert.True(eventfd.Wait(Timeout.InfiniteTimeSpan, source.Token));
    }

    [Fact]
    public void Counter_that_would_overflow_is_refused_and_stays()
    {
        using var eventfd = Eventfd.Create();
        eventfd.Signal(ulong.MaxValue - 1);

        Assert.Equal(Errno.EAGAIN, Assert.Throws<KvmException>(() => eventfd.Signal()).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => eventfd.Signal(ulong.MaxValue)).Errno);

        Assert.True(eventfd.TryRead(out var count));
        Assert.Equal(ulong.MaxValue - 1, count);
        SafeHandle handle = eventfd;
        handle.Dispose();
        Assert.Throws<ObjectDisposedException>(() => eventfd.Signal());
        Assert.Throws<ObjectDisposedException>(() => eventfd.TryRead(out _));
    }

    [Fact]
    public void Eventfd_that_cannot_be_made_says_why()
    {
        using (HostLimits.NoNewDescriptors())
        {
            var refusal = Assert.Throws<KvmException>(() => Eventfd.Create());
            Assert.Equal("eventfd", refusal.Operation);
            Assert.Equal(Errno.EMFILE, refusal.Errno);
        }
    }

    private static Guest CreateHalting(KvmCapability also = KvmCapability.Irqfd)
    {
        var guest = Guest.Create(
            GuestMode.Real,
            GuestPrograms.HaltWithOpenLine(Line),
            static vm => vm.CreateIrqchip(),
            KvmCapability.Irqchip,
            KvmCapability.Irqfd,
            also
        );
        guest.PlaceHandler(0x20 + Line, Handler, HandlerReport);
        guest.RunToOut(GuestPrograms.Port);
        return guest;
    }
}
