using System;
using System.Threading;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Signals;

public class KickTests
{
    private const byte Port = 0x11;

    [Fact]
    public void Every_kick_of_a_spinning_guest_makes_Run_return()
    {
        var many = TestHost.Many(10_000, emulated: 500);
        using var guest = CreateSpinning(GuestMode.LongUser);
        var sent = 0;
        var seen = 0;
        var unexpected = (KvmExitReason)0;
        var runner = new Worker(() =>
        {
            while (Volatile.Read(ref seen) < many)
            {
                var exit = guest.Vcpu.Run();
                if (exit.Reason != KvmExitReason.Intr)
                {
                    unexpected = exit.Reason;
                    return;
                }
                Volatile.Write(ref seen, Volatile.Read(ref sent));
            }
        });

        for (var i = 1; i <= many; i++)
        {
            Volatile.Write(ref sent, i);
            guest.Vcpu.Kick();
            Worker.Await(() => Volatile.Read(ref seen) >= i || !runner.IsAlive);
        }

        runner.Finish();
        Assert.Equal(default, unexpected);
        Assert.Equal(many, seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void News_written_before_a_kick_are_seen_by_who_gets_the_exit(int kickers)
    {
        var many = TestHost.Many(3_000, emulated: 200);
        using var guest = CreateSpinning(GuestMode.LongUser);
        var news = new int[kickers];
        var runner = new Worker(() =>
        {
            // Kicks may merge, but after the last one Run returns once more at least, or this would never end.
            while (!Array.TrueForAll(news, number => Volatile.Read(ref number) == many))
                guest.Vcpu.Run();
        });
        var others = new Worker[kickers];
        for (var kicker = 0; kicker < kickers; kicker++)
        {
            var own = kicker;
            others[own] = new Worker(() =>
            {
                for (var i = 1; i <= many; i++)
                {
                    Volatile.Write(ref news[own], i);
                    guest.Vcpu.Kick();
                    if (i % 16 == 0)
                        Thread.SpinWait(500);
                }
            });
        }

        Array.ForEach(others, static other => other.Finish());
        runner.Finish();
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.LongUser)]
    public void Kick_before_Run_makes_the_next_Run_return_at_once_and_only_that(GuestMode mode)
    {
        using var guest = Guest.Create(mode, static code => code.@out(Port, al));

        guest.Vcpu.Kick();
        guest.Vcpu.Kick();

        var exit = guest.Vcpu.Run();
        Assert.Equal(KvmExitReason.Intr, exit.Reason);
        Assert.True(exit.IsKnown);
        Assert.Equal("Intr", exit.ToString());
        guest.Vcpu.GetRegs(out var regs);
        Assert.Equal(Guest.CodeAddress, regs.Rip);
        guest.RunToOut(Port);
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.LongUser)]
    public void Kick_lets_the_answer_of_the_exit_before_take_effect_first(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.@in(eax, Port);
                code.@out(Port, eax);
            }
        );

        guest.RunToIn(Port, 0x1234_5678);
        guest.Vcpu.Kick();

        Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);
        guest.Vcpu.GetRegs(out var regs);
        Assert.Equal(0x1234_5678u, regs.Rax);
        Assert.Equal(0x1234_5678u, guest.RunToOut(Port));
    }

    [Fact]
    public void Kick_of_a_vCPU_that_never_runs_does_no_harm()
    {
        using var guest = CreateSpinning(GuestMode.Real);

        for (var i = 0; i < 1000; i++)
            guest.Vcpu.Kick();
    }

    [Fact]
    public void Kick_after_Dispose_does_nothing()
    {
        using var guest = CreateSpinning(GuestMode.Real);
        guest.Vcpu.Dispose();

        guest.Vcpu.Kick();
    }

    [Fact]
    public void Kick_by_the_thread_that_runs_the_vCPU_counts_too()
    {
        using var guest = CreateSpinning(GuestMode.LongUser);

        Worker.Do(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                guest.Vcpu.Kick();
                Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);
            }
        });
    }

    [Fact]
    public void Kick_while_the_vCPU_moves_from_thread_to_thread_is_not_lost()
    {
        using var guest = CreateSpinning(GuestMode.LongUser);
        for (var round = 0; round < 100; round++)
        {
            var runner = new Worker(() => guest.Vcpu.Run());
            if (round % 2 == 0)
                Thread.Yield();
            guest.Vcpu.Kick();
            runner.Finish();
        }
    }

    [Fact]
    public void Kick_wakes_a_vCPU_that_waits_to_be_started()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt(), static vm => vm.CreateIrqchip(), KvmCapability.Irqchip);
        using var waiting = guest.Vm.CreateVcpu(1);
        waiting.GetMpState(out var state);
        Assert.Equal(KvmMultiprocessingState.Uninitialized, state.MpState);
        var kicked = false;
        var reason = (KvmExitReason)0;
        var runner = new Worker(() => reason = waiting.Run().Reason);

        Worker.Await(() =>
        {
            kicked = true;
            Thread.Sleep(10);
            waiting.Kick();
            return !runner.IsAlive;
        });

        runner.Finish();
        Assert.True(kicked);
        Assert.Equal(KvmExitReason.Intr, reason);
    }

    [Fact]
    public void Signal_queue_that_is_full_delays_a_kick_and_loses_none()
    {
        using var guest = CreateSpinning(GuestMode.LongUser);
        var runner = new Worker(() =>
        {
            while (guest.Vcpu.Run().Reason == KvmExitReason.Intr && guest.Memory.Read<byte>(Guest.DataAddress + 8) == 0) { }
        });
        Worker.Await(() => guest.Memory.Read<ulong>(Guest.DataAddress) > 0);

        var refusals = 0;
        guest.Memory.Write(Guest.DataAddress + 8, (byte)1);
        var before = VmcsGen.Kvm.Interop.Libc.Fault;
        VmcsGen.Kvm.Interop.Libc.Fault = (call, _) => call == "tgkill" && ++refusals <= 3 ? Errno.EAGAIN : 0;
        try
        {
            guest.Vcpu.Kick();
        }
        finally
        {
            VmcsGen.Kvm.Interop.Libc.Fault = before;
        }

        runner.Finish();
        Assert.Equal(4, refusals);
    }

    // Counts in memory, for ever.
    private static Guest CreateSpinning(GuestMode mode) =>
        Guest.Create(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.inc(__dword_ptr[(long)Guest.DataAddress]);
                code.jmp(loop);
            }
        );
}
