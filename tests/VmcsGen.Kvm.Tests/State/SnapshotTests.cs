using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>A guest that is stopped anywhere, written to a file and restored into another VM computes the same.</summary>
public class SnapshotTests
{
    // 200 snapshots at CPL 0, half of them by kicks and half by single steps, and 200 by kicks at CPL 3.
    private static readonly int s_times = TestHost.Many(50, emulated: 4);

    // Of a thread, before it kicks.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(TestHost.Many(4, emulated: 10));

    public static TheoryData<Computation> Computations { get; } = [.. Enum.GetValues<Computation>()];

    [Theory, MemberData(nameof(Computations))]
    public void Guest_stopped_by_a_kick_and_restored_elsewhere_gives_the_same_result(Computation computation)
    {
        var random = new Random((int)computation);
        var iterations = LongEnough(computation);
        var times = computation switch
        {
            Computation.User or Computation.UserWithTimer => 2 * s_times,
            _ => s_times,
        };
        var expected = Reference(computation, iterations);
        var longestWait = s_longestWait;

        for (var taken = 0; taken < times; )
        {
            using var guest = ComputingGuest.Create(computation, iterations);
            var kicker = new Worker(() =>
            {
                BusyWait.For(longestWait * random.NextDouble());
                guest.Vcpu.Kick();
            });
            var wasStopped = guest.Vcpu.Run().Reason == KvmExitReason.Intr;
            kicker.Finish();
            guest.Vcpu.GetRegs(out var regs);
            if (!wasStopped)
            {
                // The guest had finished: it is to take longer than what was measured, with other things in it.
                iterations *= 2;
                expected = Reference(computation, iterations);
                continue;
            }
            // An emulated processor may stop at the head of the loop only, which is the first instruction.
            if (regs.Rip == Guest.CodeAddress && regs.Rcx == iterations)
            {
                // It had not begun: this host takes long until a guest executes anything.
                longestWait *= 1.5;
                continue;
            }

            Assert.Equal(expected, RestoreAndFinish(computation, guest));
            taken++;
        }
    }

    // At CPL 3 single steps are not for every KVM: without VMX and SVM the exception is the guest's. Nor are they for a guest
    // with interrupts: the flags on its stack would have TF, and IRET brings it back after the stepping.
    [Fact]
    public void Guest_stopped_after_any_number_of_instructions_gives_the_same_result()
    {
        const Computation Supervisor = Computation.Supervisor;
        var random = new Random(100);
        const uint Iterations = 20;
        var expected = Reference(Supervisor, Iterations);

        for (var taken = 0; taken < 2 * s_times; taken++)
        {
            using var guest = ComputingGuest.Create(Supervisor, Iterations);
            SingleStep(guest, random.Next(200));

            Assert.Equal(expected, RestoreAndFinish(Supervisor, guest));
        }
    }

    // Kicks are to meet the guest in the midst of its work, however fast this host's guests are.
    private static uint LongEnough(Computation computation)
    {
        // On one processor, the kicker waits for the guest too.
        var wait = s_longestWait * TestHost.Many(1, emulated: 8);
        for (var iterations = 1_000u; ; iterations *= 2)
        {
            using var guest = ComputingGuest.Create(computation, iterations);
            var start = Stopwatch.GetTimestamp();
            ComputingGuest.Finish(computation, guest.Vm, guest.Vcpu);
            if (Stopwatch.GetElapsedTime(start) >= wait)
                return iterations;
        }
    }

    private static byte[] Reference(Computation computation, uint iterations)
    {
        using var guest = ComputingGuest.Create(computation, iterations);
        var result = ComputingGuest.Finish(computation, guest.Vm, guest.Vcpu);
        Assert.True(result.Count(static value => value != 0) > 50);
        return result;
    }

    private static void SingleStep(Guest guest, int steps)
    {
        KvmGuestDebug debug = new() { Control = KvmGuestDebugControl.Enable | KvmGuestDebugControl.Singlestep };
        guest.Vcpu.SetGuestDebug(debug);
        for (var i = 0; i < steps; i++)
            guest.RunTo(KvmExitReason.Debug);
        guest.Vcpu.SetGuestDebug(default);
    }

    /// <summary>By way of a file, into a VM that has nothing: no memory, and a vCPU as after reset.</summary>
    private static byte[] RestoreAndFinish(Computation computation, Guest guest)
    {
        using var file = new MemoryStream();
        VmState.Capture(guest.Host, guest.Vm, guest.Vcpu).Save(file);
        file.Position = 0;

        using var vm = guest.Host.CreateVm();
        ComputingGuest.Prepare(vm, computation);
        using var vcpu = vm.CreateVcpu(0);
        var refused = VmState.Load(file).RestoreTo(vm, vcpu);
        Assert.All(refused, static gap => Assert.Equal(StatePart.Msr, gap.Part));

        byte[] result = [];
        Worker.Do(() => result = ComputingGuest.Finish(computation, vm, vcpu));
        return result;
    }
}
