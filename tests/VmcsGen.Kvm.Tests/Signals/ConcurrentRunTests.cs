using System;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Signals;

public class ConcurrentRunTests
{
    [Fact]
    public void Second_thread_that_runs_the_same_vCPU_is_refused_and_the_first_goes_on()
    {
        using var guest = Guest.Create(GuestMode.LongUser, GuestPrograms.CountForEver);
        var isOver = false;
        var runner = new Worker(() =>
        {
            while (guest.Vcpu.Run().Reason == KvmExitReason.Intr && !Volatile.Read(ref isOver)) { }
        });
        guest.AwaitCounting();

        var refusal = Assert.Throws<InvalidOperationException>(() => guest.Vcpu.Run());

        Assert.Contains("vCPU 0", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Kick", refusal.Message, StringComparison.Ordinal);
        var count = guest.Memory.Read<uint>(Guest.DataAddress);
        Worker.Await(() => guest.Memory.Read<uint>(Guest.DataAddress) != count);
        Volatile.Write(ref isOver, true);
        guest.Vcpu.Kick();
        runner.Finish();
    }

    [Fact]
    public void One_vCPU_may_be_run_by_several_threads_one_after_the_other()
    {
        using var guest = Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                var loop = code.CreateLabel();
                code.mov(eax, 0);
                code.Label(ref loop);
                code.inc(eax);
                code.@out(0x11, eax);
                code.jmp(loop);
            }
        );

        for (var i = 1u; i <= 50; i++)
            Worker.Do(() => Assert.Equal(i, guest.RunToOut(0x11)));
    }

    [Fact]
    public void Several_vCPUs_of_a_VM_run_at_the_same_time_in_the_same_memory()
    {
        const uint Rounds = 200_000;
        using var guest = Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                var loop = code.CreateLabel();
                code.mov(ecx, Rounds);
                code.Label(ref loop);
                code.@lock.inc(__dword_ptr[(long)Guest.DataAddress]);
                code.dec(ecx);
                code.jnz(loop);
                code.@out(0x11, al);
            }
        );
        using var second = guest.Vm.CreateVcpu(1);
        ProcessorState.Enter(GuestMode.LongUser, guest.Host, second, guest.Memory);
        guest.Vcpu.GetRegs(out var regs);
        second.SetRegs(regs);

        var runners = Array.ConvertAll(
            new[] { guest.Vcpu, second },
            static vcpu => new Worker(() =>
            {
                while (vcpu.Run().Reason == KvmExitReason.Intr) { }
            })
        );
        Array.ForEach(runners, static runner => runner.Finish());

        Assert.Equal(2 * Rounds, guest.Memory.Read<uint>(Guest.DataAddress));
    }
}
