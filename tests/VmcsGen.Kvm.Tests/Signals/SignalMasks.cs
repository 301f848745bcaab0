using System;
using System.Threading;
using VmcsGen.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Signals;

public class SignalMasks
{
    private const int SomeRealTimeSignal = 50;

    [Fact]
    public void Blocked_signal_does_not_interrupt_and_a_kick_still_does()
    {
        HarmlessSignal.Install(SomeRealTimeSignal);
        using var guest = LongComputation.Create(uint.MaxValue);
        var thread = 0;
        var interruptions = 0;
        var isOver = false;
        guest.Vcpu.SetSignalMask(ulong.MaxValue);
        var runner = new Worker(() =>
        {
            Volatile.Write(ref thread, Libc.ThreadId());
            while (!Volatile.Read(ref isOver))
            {
                guest.Vcpu.Run();
                Interlocked.Increment(ref interruptions);
            }
        });
        Worker.Await(() => Volatile.Read(ref thread) != 0);
        Thread.Sleep(5);

        var before = Volatile.Read(ref interruptions);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(0, Libc.SignalThread(Environment.ProcessId, thread, SomeRealTimeSignal));
            Thread.Sleep(1);
        }
        Assert.Equal(before, Volatile.Read(ref interruptions));

        guest.Vcpu.Kick();
        Worker.Await(() => Volatile.Read(ref interruptions) > before);
        Volatile.Write(ref isOver, true);
        guest.Vcpu.Kick();
        runner.Finish();
    }

    [Fact]
    public void Mask_ends_when_it_is_reset()
    {
        HarmlessSignal.Install(SomeRealTimeSignal);
        using var guest = LongComputation.Create(uint.MaxValue);
        guest.Vcpu.SetSignalMask(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF });
        guest.Vcpu.ResetSignalMask();
        var thread = 0;
        var runner = new Worker(() =>
        {
            Volatile.Write(ref thread, Libc.ThreadId());
            Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);
        });
        Worker.Await(() => Volatile.Read(ref thread) != 0);

        Worker.Await(() =>
        {
            Libc.SignalThread(Environment.ProcessId, thread, SomeRealTimeSignal);
            return !runner.IsAlive;
        });

        runner.Finish();
    }

    [Fact]
    public void Signal_set_has_8_bytes()
    {
        using var guest = LongComputation.Create(1);

        Assert.Throws<ArgumentException>(() => guest.Vcpu.SetSignalMask(new byte[7]));
        Assert.Throws<ArgumentException>(() => guest.Vcpu.SetSignalMask(new byte[128]));
    }
}
