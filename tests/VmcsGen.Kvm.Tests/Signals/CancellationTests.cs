using System;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Signals;

/// <summary>Run with a token.</summary>
public class CancellationTests
{
    private const byte Port = 0x11;

    [Theory]
    [InlineData(GuestMode.LongSupervisor)]
    [InlineData(GuestMode.LongUser)]
    public void Every_cancellation_ends_the_Run_of_a_spinning_guest_which_can_go_on(GuestMode mode)
    {
        var many = TestHost.Many(1_000, emulated: 100);
        using var guest = Guest.Create(mode, GuestPrograms.SpinForEver);
        using var barrier = new Barrier(2);
        CancellationTokenSource? source = null;
        var canceller = new Worker(() =>
        {
            for (var i = 0; i < many; i++)
            {
                barrier.SignalAndWait();
                Thread.SpinWait(i % 100 * 50); // Before, at the beginning of, and in the midst of Run.
                source!.Cancel();
                barrier.SignalAndWait();
            }
        });

        var runner = new Worker(() =>
        {
            for (var i = 0; i < many; i++)
            {
                using var own = source = new CancellationTokenSource();
                barrier.SignalAndWait();
                var refusal = Assert.Throws<OperationCanceledException>(() => RunOn(guest, own.Token));
                Assert.Equal(own.Token, refusal.CancellationToken);
                barrier.SignalAndWait();
            }
        });

        runner.Finish(TimeSpan.FromMinutes(5));
        canceller.Finish();
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Cancellation_at_any_moment_loses_no_exit(GuestMode mode)
    {
        var many = TestHost.Many(500, emulated: 50);
        using var guest = CreateCounting(mode);
        var expected = 1u;

        new Worker(() =>
        {
            for (var i = 0; i < many; i++)
            {
                using var source = new CancellationTokenSource();
                var canceller = new Worker(source.Cancel);
                try
                {
                    while (true)
                    {
                        var exit = guest.Vcpu.Run(source.Token);
                        if (exit.Reason != KvmExitReason.Intr)
                            Assert.Equal(expected++, exit.Io.Value);
                    }
                }
                catch (OperationCanceledException)
                {
                    canceller.Finish();
                }
            }
        }).Finish(TimeSpan.FromMinutes(5));

        Assert.Equal(expected, guest.RunToOut(Port));
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Token_that_is_cancelled_already_completes_the_exit_before_and_does_not_enter_the_guest(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.@in(eax, Port);
                code.mov(ebx, 1);
                code.@out(Port, eax);
            }
        );
        guest.RunToIn(Port, 0x1234_5678);

        for (var i = 0; i < 3; i++)
            Assert.Throws<OperationCanceledException>(() => RunOnce(guest, new CancellationToken(canceled: true)));

        guest.Vcpu.GetRegs(out var regs);
        Assert.Equal((0x1234_5678u, 0u), (regs.Rax, regs.Rbx));
        Assert.Equal(0x1234_5678u, guest.RunToOut(Port));
    }

    [Fact]
    public void Kick_is_Intr_and_no_cancellation()
    {
        using var guest = CreateCounting(GuestMode.LongUser);
        using var source = new CancellationTokenSource();

        foreach (var token in new[] { source.Token, CancellationToken.None })
        {
            guest.Vcpu.Kick();
            Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run(token).Reason);
            while (guest.Vcpu.Run(token).Reason == KvmExitReason.Intr) { }
        }
    }

    [Fact]
    public void Token_that_is_cancelled_after_Run_does_not_touch_the_vCPU()
    {
        using var guest = CreateCounting(GuestMode.LongUser);
        using var source = new CancellationTokenSource();
        while (guest.Vcpu.Run(source.Token).Reason == KvmExitReason.Intr) { }

        source.Cancel();

        Assert.Equal(0, guest.Vcpu.RunPage.ImmediateExit);
        Assert.Equal(2u, guest.RunToOut(Port));
    }

    [Fact]
    public void Vcpu_that_is_disposed_of_while_it_runs_says_so_with_a_token_too()
    {
        using var guest = Guest.Create(GuestMode.LongUser, GuestPrograms.CountForEver);
        using var source = new CancellationTokenSource();
        var runner = new Worker(() => RunOn(guest, source.Token));
        guest.AwaitCounting();

        guest.Vcpu.Dispose();

        Assert.Throws<ObjectDisposedException>(runner.Finish);
        source.Cancel();
        Assert.Throws<ObjectDisposedException>(() => RunOnce(guest, source.Token));
    }

    [Fact]
    public void Run_with_a_token_allocates_nothing()
    {
        using var guest = CreateCounting(GuestMode.Real);
        using var source = new CancellationTokenSource();
        var token = source.Token;
        Serve(100);

        Assert.Equal(0, Allocation.Of(() => Serve(5_000)));

        void Serve(int exits)
        {
            for (var i = 0; i < exits; i++)
                _ = guest.Vcpu.Run(token).Reason;
        }
    }

    private static void RunOn(Guest guest, CancellationToken token)
    {
        while (guest.Vcpu.Run(token).Reason == KvmExitReason.Intr) { }
    }

    private static void RunOnce(Guest guest, CancellationToken token) => guest.Vcpu.Run(token);

    // Counts at the port, for ever.
    private static Guest CreateCounting(GuestMode mode) =>
        Guest.Create(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.mov(eax, 0);
                code.Label(ref loop);
                code.inc(eax);
                code.@out(Port, eax);
                code.jmp(loop);
            }
        );
}
