using System;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Soak;

/// <summary>Kicks by threads that each wait for the answer to the last kick before they send the next.</summary>
public class ManyKicks
{
    private static readonly int s_number = TestHost.Many(100_000, emulated: 500);

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    [Fact]
    public void Each_of_many_kicks_makes_a_guest_return_that_never_exits()
    {
        using var guest = Guest.Create(GuestMode.LongUser, GuestPrograms.SpinForEver);
        AssertEachReturns(guest, kickers: 1, exits: false);
    }

    [Fact]
    public void Each_of_many_kicks_makes_a_guest_return_that_exits_for_ever()
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver);
        AssertEachReturns(guest, kickers: 1, exits: true);
    }

    [Fact]
    public void Each_of_many_kicks_makes_a_guest_return_that_is_halted_in_the_kernel()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.cli();
                code.hlt();
                code.jmp(loop);
            },
            static vm => vm.CreateIrqchip(),
            KvmCapability.Irqchip
        );
        AssertEachReturns(guest, kickers: 2, exits: false);
    }

    private static void AssertEachReturns(Guest guest, int kickers, bool exits)
    {
        var each = s_number / kickers;
        var sent = new int[kickers];
        var answered = new int[kickers];
        var (interruptions, others) = (0L, 0L);
        var runner = new Worker(() =>
        {
            while (Array.Exists(answered, number => number < each))
            {
                if (guest.Vcpu.Run().Reason != KvmExitReason.Intr)
                {
                    others++;
                    continue;
                }
                interruptions++;
                for (var i = 0; i < kickers; i++)
                    Volatile.Write(ref answered[i], Volatile.Read(ref sent[i]));
            }
        });
        var threads = new Worker[kickers];
        for (var i = 0; i < kickers; i++)
        {
            var own = i;
            threads[own] = new Worker(() =>
            {
                for (var number = 1; number <= each; number++)
                {
                    Volatile.Write(ref sent[own], number);
                    guest.Vcpu.Kick();
                    Worker.Await(() => Volatile.Read(ref answered[own]) == number || !runner.IsAlive);
                }
            });
        }

        Array.ForEach(threads, static thread => thread.Finish(s_patience));
        runner.Finish();

        Assert.All(answered, number => Assert.Equal(each, number));
        Assert.InRange(interruptions, each, long.MaxValue);
        Assert.Equal(exits, others > 0);
    }
}
