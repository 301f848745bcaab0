using System;
using System.Threading;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Signals;

/// <summary>Interrupted runs come out as Intr, and the guest goes on as if nothing had been.</summary>
public class InterruptionTests
{
    private const uint Rounds = 60_000_000;
    private const int SomeRealTimeSignal = 50;

    [Fact]
    public void Signal_of_another_party_comes_out_as_Intr_and_the_guest_goes_on_bit_by_bit()
    {
        HarmlessSignal.Install(SomeRealTimeSignal);
        AssertUndisturbed(static (_, thread) => Assert.Equal(0, Libc.SignalThread(Environment.ProcessId, thread, SomeRealTimeSignal)));
    }

    [Fact]
    public void Kick_comes_out_as_Intr_and_the_guest_goes_on_bit_by_bit() => AssertUndisturbed(static (guest, _) => guest.Vcpu.Kick());

    [Fact]
    public void Collections_of_garbage_meanwhile_do_not_disturb_the_guest() =>
        AssertUndisturbed(static (_, _) => GC.Collect(0), isInterrupting: false);

    [Fact]
    public void Run_that_KVM_wants_tried_again_is_tried_again()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.@out(0x11, al));
        var attempts = 0;
        var before = Libc.Fault;
        Libc.Fault = (_, request) => request == KvmIoctl.KVM_RUN && ++attempts < 4 ? Errno.EAGAIN : 0;
        try
        {
            guest.RunToOut(0x11);
        }
        finally
        {
            Libc.Fault = before;
        }
        Assert.Equal(4, attempts);
    }

    [Fact]
    public void Run_that_KVM_wants_tried_again_for_ever_returns_each_time()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.@out(0x11, al));
        using var fault = LibcFault.OfIoctl(KvmIoctl.KVM_RUN, Errno.EAGAIN);

        Worker.Do(() =>
        {
            Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);
            Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);
        });

        Assert.Equal(2, fault.Calls);
    }

    private static void AssertUndisturbed(Action<Guest, int> disturb, bool isInterrupting = true)
    {
        using var guest = LongComputation.Create(Rounds);
        var thread = 0;
        var interruptions = 0;
        var runner = new Worker(() =>
        {
            Volatile.Write(ref thread, Libc.ThreadId());
            interruptions = LongComputation.RunToEnd(guest);
        });
        Worker.Await(() => Volatile.Read(ref thread) != 0);

        var disturbances = TestHost.Many(2_000, emulated: 200);
        for (var i = 0; runner.IsAlive && i < disturbances; i++)
        {
            disturb(guest, thread);
            if (Environment.ProcessorCount == 1)
                Thread.Sleep(1); // Otherwise the guest would not go on before all is over.
            else
                Thread.SpinWait(2000);
        }
        runner.Finish();

        Assert.Equal(LongComputation.Expected(Rounds), LongComputation.ResultOf(guest));
        if (isInterrupting)
            Assert.InRange(interruptions, 10, int.MaxValue);
    }
}
