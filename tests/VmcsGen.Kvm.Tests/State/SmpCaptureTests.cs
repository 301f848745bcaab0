using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>A guest with several vCPUs that is stopped again and again, and goes on in another VM each time, computes the same.</summary>
public class SmpCaptureTests
{
    private const int Vcpus = 2;
    private const int Page = 4096;
    private const ushort Code = 0x1000;
    private const uint Shared = 0x3000;
    private const uint Own = 0x4000;
    private const byte Port = 0x11;
    private const uint Size = 0x1_0000;

    private static readonly int s_rounds = TestHost.Many(200, emulated: 10, "VMCSGEN_ROUNDS");
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMicroseconds(TestHost.Many(750, emulated: 5_000));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rounds_of_pause_and_resume_under_kicks_are_bit_exact(bool byFile)
    {
        using var host = TestHost.Open();
        using var folder = new TemporaryFolder();
        var random = new Random(9);
        var iterations = Calibrate(host);
        var expected = Result(host, iterations);

        var machine = Machine.Create(host, iterations);
        var pauses = 0;
        for (var round = 0; round < s_rounds; round++)
        {
            if (machine.RunUntilKick(random.NextDouble() * s_longestWait))
                pauses++;
            VmState state;
            if (byFile)
            {
                using var capture = VmCapture.Create(folder.File, host, machine.Vm);
                capture.Take(machine.Vcpus).Dispose();
                capture.Commit();
                state = VmState.Load(folder.File);
            }
            else
            {
                state = VmState.Capture(host, machine.Vm, machine.Vcpus);
            }
            using (state)
            {
                var next = Machine.Empty(host, machine.Ended);
                state.RestoreTo(host, next.Vm, next.Vcpus);
                machine.Dispose();
                machine = next;
            }
        }
        var result = machine.Finish();
        machine.Dispose();

        Assert.Equal(expected, result);
        Assert.True(pauses > s_rounds / 20, $"The guest was paused in the midst of its work {pauses} times only.");
    }

    // Long enough for all rounds, however fast this host's guests are.
    private static uint Calibrate(KvmHost host)
    {
        // The first run takes the time of making the code of this class too.
        Result(host, 1);
        for (var iterations = 20_000u; ; iterations *= 2)
        {
            using var machine = Machine.Create(host, iterations);
            var start = Stopwatch.GetTimestamp();
            machine.Finish();
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromMilliseconds(TestHost.Many(200, emulated: 2000)))
                return iterations;
        }
    }

    private static byte[] Result(KvmHost host, uint iterations)
    {
        using var machine = Machine.Create(host, iterations);
        return machine.Finish();
    }

    private sealed class Machine : IDisposable
    {
        public KvmVm Vm { get; }

        public KvmVcpu[] Vcpus { get; }

        public bool[] Ended { get; }

        public bool IsRunning => Ended.Contains(false);

        private Machine(KvmHost host, bool[] ended)
        {
            Vm = host.CreateVm();
            Vcpus = [.. Enumerable.Range(0, SmpCaptureTests.Vcpus).Select(id => Vm.CreateVcpu(id))];
            Ended = [.. ended];
        }

        public static Machine Empty(KvmHost host, bool[] ended) => new(host, ended);

        public static Machine Create(KvmHost host, uint iterations)
        {
            var machine = new Machine(host, new bool[SmpCaptureTests.Vcpus]);
            using var memory = GuestMemory.Allocate(Size);
            memory.Write(Code, Assemble());
            machine.Vm.MapMemory(0, memory);
            foreach (var vcpu in machine.Vcpus)
            {
                vcpu.StartInRealMode(cs: 0, ip: Code, sp: (ushort)(0xF000 - 0x100 * vcpu.Id));
                vcpu.GetRegs(out var regs);
                vcpu.SetRegs(
                    regs with
                    {
                        Rax = (ulong)(vcpu.Id + 1),
                        Rcx = iterations,
                        Rdi = Own + (ulong)(vcpu.Id * Page),
                        Rflags = TestHost.FirstRflags,
                    }
                );
            }
            return machine;
        }

        /// <summary>Runs all that have not ended, each on a thread of its own, and kicks them after a while.</summary>
        /// <returns>Whether one was stopped in its work.</returns>
        public bool RunUntilKick(TimeSpan wait)
        {
            var stop = false;
            var runners = Vcpus
                .Where(vcpu => !Ended[vcpu.Id])
                .Select(vcpu => new Worker(() =>
                {
                    while (!Ended[vcpu.Id] && !Volatile.Read(ref stop))
                        RunOnce(vcpu);
                }))
                .ToArray();
            BusyWait.For(wait);
            Volatile.Write(ref stop, true);
            foreach (var vcpu in Vcpus)
                vcpu.Kick();
            foreach (var runner in runners)
                runner.Finish();
            return IsRunning;
        }

        /// <summary>Runs to the end and tells what the guest computed.</summary>
        public byte[] Finish()
        {
            foreach (var vcpu in Vcpus)
            {
                while (!Ended[vcpu.Id])
                    RunOnce(vcpu);
            }
            var result = new byte[Size];
            Vm.Memory.Read(0, result);
            return result;
        }

        public void Dispose()
        {
            foreach (var vcpu in Vcpus)
                vcpu.Dispose();
            Vm.Dispose();
        }

        private void RunOnce(KvmVcpu vcpu)
        {
            var exit = vcpu.Run();
            if (exit.Reason == KvmExitReason.Io && exit.Io.Port == Port)
                Ended[vcpu.Id] = true;
            else if (exit.Reason != KvmExitReason.Intr)
                Assert.Fail(exit.ToString());
        }

        // EAX is a number that is mixed and stored in a page of the vCPU's own; both count in a word that they share.
        private static byte[] Assemble()
        {
            var code = new Assembler(16);
            var next = code.CreateLabel();
            code.Label(ref next);
            code.imul(eax, eax, 1664525);
            code.add(eax, 1013904223);
            code.mov(ebx, eax);
            code.shr(ebx, 22);
            code.shl(bx, 2);
            code.add(__dword_ptr[bx + di], eax);
            code.@lock.inc(__dword_ptr[(int)Shared]);
            code.dec(ecx);
            code.jnz(next);
            code.@out(Port, al);
            code.hlt();
            using var bytes = new MemoryStream();
            code.Assemble(new StreamCodeWriter(bytes), Code);
            return bytes.ToArray();
        }
    }
}
