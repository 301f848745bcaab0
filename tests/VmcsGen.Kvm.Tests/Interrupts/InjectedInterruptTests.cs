using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Interrupts;

/// <summary>Interrupts from a controller of the VMM's own.</summary>
public class InjectedInterruptTests
{
    private const byte Port = 0x11;
    private const byte HandlerPort = 0x12;
    private const ulong Handlers = 0x9000;
    private static readonly byte[] s_vectors = [0x30, 0x31, 0x80, 0xF0];

    [Theory, InlineData(false), InlineData(true)]
    public void Interrupt_waits_until_the_guest_can_take_it(bool isSplit)
    {
        using var guest = CreateGuest(isSplit);
        var requests = new InterruptRequests();
        var injector = new InterruptInjector(guest.Vcpu, requests);
        Assert.Equal(Port, injector.Run().Io.Port); // Interrupts are off.

        requests.Request(0x31);
        Assert.Equal(Port, injector.Run().Io.Port); // Still off.
        Assert.True(requests.HasInterrupt);
        var exit = injector.Run();

        Assert.Equal((HandlerPort, 0x31u), ((byte)exit.Io.Port, exit.Io.Value));
        Assert.False(exit.IsInterruptFlagSet);
        Assert.False(requests.HasInterrupt);
    }

    [Fact]
    public void Interrupts_that_wait_are_delivered_one_after_the_other_the_highest_first()
    {
        using var guest = CreateGuest();
        var requests = new InterruptRequests();
        var injector = new InterruptInjector(guest.Vcpu, requests);
        foreach (var vector in s_vectors)
            Assert.True(requests.Request(vector));
        Assert.False(requests.Request(s_vectors[0]));

        List<byte> delivered = [];
        while (delivered.Count < s_vectors.Length)
        {
            var exit = injector.Run();
            if (exit.Reason == KvmExitReason.Io && exit.Io.Port == HandlerPort)
                delivered.Add((byte)exit.Io.Value);
        }

        Assert.Equal(s_vectors.Reverse(), delivered);
    }

    [Fact]
    public void Interrupts_requested_on_another_thread_arrive_each_once()
    {
        const int Requests = 300;
        using var guest = CreateGuest();
        var requests = new InterruptRequests();
        var injector = new InterruptInjector(guest.Vcpu, requests);
        var delivered = 0;
        var device = new Worker(() =>
        {
            for (var i = 0; i < Requests; i++)
            {
                Assert.True(requests.Request(s_vectors[i % s_vectors.Length]));
                guest.Vcpu.Kick();
                Worker.Await(() => System.Threading.Volatile.Read(ref delivered) == i + 1);
            }
        });

        while (delivered < Requests)
        {
            var exit = injector.Run();
            if (exit.Reason != KvmExitReason.Io || exit.Io.Port != HandlerPort)
                continue;
            Assert.Equal(s_vectors[delivered % s_vectors.Length], exit.Io.Value);
            System.Threading.Volatile.Write(ref delivered, delivered + 1);
        }

        device.Finish();
        Assert.False(requests.HasInterrupt);
    }

    [Fact]
    public void Injection_allocates_nothing()
    {
        using var guest = CreateGuest();
        var requests = new InterruptRequests();
        var injector = new InterruptInjector(guest.Vcpu, requests);
        Deliver(5);

        Assert.Equal(0, Allocation.Of(() => Deliver(300)));

        void Deliver(int interrupts)
        {
            for (var i = 0; i < interrupts; i++)
            {
                requests.Request(0x30);
                while (injector.Run() is var exit && !(exit.Reason == KvmExitReason.Io && exit.Io.Port == HandlerPort)) { }
            }
        }
    }

    [Fact]
    public void Requests_hold_every_vector_and_refuse_those_of_exceptions()
    {
        var requests = new InterruptRequests();
        Assert.Throws<ArgumentOutOfRangeException>(() => requests.Request(15));
        Assert.Throws<InvalidOperationException>(() => requests.Acknowledge());

        for (var vector = 16; vector < 256; vector++)
            Assert.True(requests.Request((byte)vector));
        for (var vector = 255; vector >= 16; vector--)
            Assert.Equal(vector, requests.Acknowledge());

        Assert.False(requests.HasInterrupt);
        Assert.Throws<ArgumentNullException>(() => new InterruptInjector(null!, requests));
    }

    // Two reports with interrupts off, then it spins with interrupts on. Handlers report their vector and return.
    private static Guest CreateGuest(bool isSplit = false)
    {
        var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.cli();
                code.@out(Port, al);
                code.@out(Port, al);
                code.sti();
                code.Label(ref loop);
                code.nop();
                code.jmp(loop);
            },
            vm =>
            {
                if (isSplit)
                    vm.CreateSplitIrqchip();
            },
            isSplit ? [KvmCapability.SplitIrqchip] : []
        );
        for (var i = 0; i < s_vectors.Length; i++)
        {
            var (vector, handler) = (s_vectors[i], Handlers + 0x40ul * (ulong)i);
            guest.SetVector(vector, handler);
            guest.Place(
                handler,
                code =>
                {
                    code.mov(al, vector);
                    code.@out(HandlerPort, al);
                    code.iret();
                }
            );
        }
        return guest;
    }
}
