using System;
using System.Runtime.InteropServices;
using System.Threading;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Signals;

/// <summary>Kicks get through whatever signals a program blocks, and a program that takes the handler away is told.</summary>
public unsafe partial class BlockedSignalTests
{
    private const int SIG_BLOCK = 0;

    [Fact]
    public void Thread_that_blocks_all_signals_after_its_first_Run_is_kicked_again_and_again()
    {
        using var guest = Guest.Create(GuestMode.LongUser, GuestPrograms.CountForEver);
        var (kicks, answers) = (0, 0);
        var runner = new Worker(() =>
        {
            guest.Vcpu.Kick();
            guest.Vcpu.Run();
            BlockAll();
            for (var i = 1; i <= 5; i++)
            {
                Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);
                Volatile.Write(ref answers, i);
                Worker.Await(() => Volatile.Read(ref kicks) >= i);
            }
        });
        try
        {
            for (var i = 1; i <= 5; i++)
            {
                guest.AwaitCounting();
                Thread.Sleep(20);
                // The kick before is used up: it ends one Run only.
                Assert.Equal(i - 1, Volatile.Read(ref answers));
                guest.Vcpu.Kick();
                Worker.Await(() => Volatile.Read(ref answers) == i);
                Volatile.Write(ref kicks, i);
            }
            runner.Finish();
        }
        finally
        {
            guest.Slot.Unmap(); // Ends a guest that no signal reaches, for which Dispose would wait for ever.
        }
    }

    [Fact]
    public void Cancellation_reaches_a_thread_that_blocks_all_signals()
    {
        using var guest = Guest.Create(GuestMode.LongUser, GuestPrograms.CountForEver);
        using var source = new CancellationTokenSource();
        var runner = new Worker(() =>
        {
            guest.Vcpu.Kick();
            guest.Vcpu.Run();
            BlockAll();
            guest.Vcpu.Run(source.Token);
        });
        try
        {
            guest.AwaitCounting();
            source.Cancel();
            Assert.Throws<OperationCanceledException>(runner.Finish);
        }
        finally
        {
            guest.Slot.Unmap(); // As above.
        }
    }

    [Fact]
    public void Dispose_expels_a_thread_that_blocks_all_signals()
    {
        using var guest = Guest.Create(GuestMode.LongUser, GuestPrograms.CountForEver);
        var runner = new Worker(() =>
        {
            guest.Vcpu.Kick();
            guest.Vcpu.Run();
            BlockAll();
            guest.Vcpu.Run();
        });
        try
        {
            guest.AwaitCounting();
            Worker.Do(guest.Vcpu.Dispose);
            Assert.Throws<ObjectDisposedException>(runner.Finish);
        }
        finally
        {
            guest.Slot.Unmap(); // As above.
        }
    }

    [Fact]
    public void Signal_that_the_thread_has_blocked_meanwhile_ends_one_Run_and_no_more()
    {
        const int Signal = 42;
        HarmlessSignal.Install(Signal);
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver);

        Worker.Do(() =>
        {
            Assert.Equal(KvmExitReason.Io, guest.Vcpu.Run().Reason);
            BlockAll();
            Assert.Equal(0, Libc.SignalThread(Environment.ProcessId, Libc.ThreadId(), Signal));

            Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);
            Assert.Equal(KvmExitReason.Io, guest.Vcpu.Run().Reason);
            Assert.Equal(KvmExitReason.Io, guest.Vcpu.Run().Reason);
        });
    }

    [Theory]
    [InlineData(0, "end the process")]
    [InlineData(1, "be ignored")]
    public void Handler_that_was_taken_away_is_told_and_nothing_is_done(nint handler, string effect)
    {
        using var guest = Guest.Create(GuestMode.LongUser, GuestPrograms.CountForEver);
        var runner = new Worker(() => guest.Vcpu.Run());
        var signal = 64 - System.Numerics.BitOperations.LeadingZeroCount(KickSignal.Bit);
        SignalAction taken = new() { Handler = handler };
        SignalAction before;
        try
        {
            guest.AwaitCounting();
            Assert.Equal(0, Libc.SignalAction(signal, &taken, &before));
            try
            {
                var kick = Assert.Throws<InvalidOperationException>(guest.Vcpu.Kick);
                Assert.Contains($"Signal {signal}", kick.Message, StringComparison.Ordinal);
                Assert.Contains(effect, kick.Message, StringComparison.Ordinal);
                var dispose = Assert.Throws<InvalidOperationException>(guest.Vcpu.Dispose);
                Assert.Equal(kick.Message, dispose.Message);
                Assert.True(runner.IsAlive);
            }
            finally
            {
                Assert.Equal(0, Libc.SignalAction(signal, &before, null));
            }
            Worker.Do(guest.Vcpu.Dispose);
            Assert.Throws<ObjectDisposedException>(runner.Finish);
        }
        finally
        {
            guest.Slot.Unmap(); // As above.
        }
    }

    // For the calling thread, which should end soon after.
    private static void BlockAll()
    {
        SignalSet all = default;
        all[0] = ulong.MaxValue;
        Assert.Equal(0, pthread_sigmask(SIG_BLOCK, &all, null));
    }

    [LibraryImport("libc")]
    private static partial int pthread_sigmask(int how, SignalSet* set, SignalSet* previous);
}
