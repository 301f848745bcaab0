using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>A guest that is stopped anywhere, written to a file and restored into another VM computes the same.</summary>
public class Snapshots
{
    // Of each guest and each way to stop it: 200 in all at CPL 0, and as many at CPL 3.
    private const int Times = 50;

    public static TheoryData<Computation> Computations { get; } = [.. Enum.GetValues<Computation>()];

    [Theory, MemberData(nameof(Computations))]
    public void Guest_stopped_by_a_kick_and_restored_elsewhere_gives_the_same_result(Computation computation)
    {
        var random = new Random((int)computation);
        // At CPL 3 a guest is a thousand times faster.
        var iterations = computation switch { Computation.User or Computation.UserWithTimer => 400_000u, _ => 1_000u };
        var expected = Reference(computation, iterations);

        for (var taken = 0; taken < Times;)
        {
            using var guest = ComputingGuest.Create(computation, iterations);
            var kicker = new Worker(() =>
            {
                Thread.SpinWait(random.Next(100_000));
                guest.Vcpu.Kick();
            });
            var wasStopped = guest.Vcpu.Run().Reason == KvmExitReason.Intr;
            kicker.Finish();
            if (!wasStopped)
                continue; // The guest was faster than the kick.

            Assert.Equal(expected, RestoreAndFinish(computation, guest));
            taken++;
        }
    }

    [Theory, MemberData(nameof(Computations))]
    public void Guest_stopped_after_any_number_of_instructions_gives_the_same_result(Computation computation)
    {
        var random = new Random(100 + (int)computation);
        const uint Iterations = 20;
        var expected = Reference(computation, Iterations);

        for (var taken = 0; taken < Times; taken++)
        {
            using var guest = ComputingGuest.Create(computation, Iterations);
            if (guest.Mode == GuestMode.LongUser)
                RunToInstruction(guest, random);
            else
                SingleStep(guest, random.Next(200));

            Assert.Equal(expected, RestoreAndFinish(computation, guest));
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

    // Single steps are not for CPL 3 on every KVM. Breakpoints are: from one of the loop's instructions to another, never the
    // same twice in a row, for a breakpoint on the next instruction would stop the guest before it.
    private static void RunToInstruction(Guest guest, Random random)
    {
        var instructions = LoopOf(guest);
        KvmGuestDebug debug = new() { Control = KvmGuestDebugControl.Enable | KvmGuestDebugControl.UseHwBp };
        var at = 0;
        for (var stops = random.Next(1, 20); stops > 0; stops--)
        {
            at = (at + random.Next(1, instructions.Count)) % instructions.Count;
            debug.Arch.Debugreg[0] = instructions[at];
            debug.Arch.Debugreg[7] = 0x402; // G0, and bit 10 that is always set: breakpoint 0 on execution.
            guest.Vcpu.SetGuestDebug(debug);
            guest.RunTo(KvmExitReason.Debug);
        }
        guest.Vcpu.SetGuestDebug(default);
    }

    /// <summary>Addresses of the loop's instructions: from the second on, for the first is FLDZ, up to the jump back.</summary>
    private static List<ulong> LoopOf(Guest guest)
    {
        var code = new byte[guest.CodeEnd - Guest.CodeAddress];
        guest.Memory.Read(Guest.CodeAddress, code);
        List<ulong> addresses = [];
        foreach (var instruction in Decoder.Create(64, code, Guest.CodeAddress))
        {
            if (instruction.IP != Guest.CodeAddress)
                addresses.Add(instruction.IP);
            if (instruction.Mnemonic == Mnemonic.Jne)
                break;
        }
        return addresses;
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
