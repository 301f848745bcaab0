using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Iced.Intel;
using VmcsGen.Kvm;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Vmm.Tests.Threads;

[Trait("Needs", "Kvm")]
public class VcpuThreadsTests
{
    private const byte ReadPort = 0x10;
    private const byte WritePort = 0x11;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // Counts in ECX what it was answered: each IN gives 1. ESI counts what it has written.
    private static void Count(Assembler code)
    {
        var loop = code.CreateLabel();
        code.Label(ref loop);
        code.@in(al, ReadPort);
        code.movzx(eax, al);
        code.add(ecx, eax);
        code.@out(WritePort, al);
        code.inc(esi);
        code.jmp(loop);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Pause_leaves_every_vCPU_between_two_instructions_and_loses_no_exit(int count)
    {
        using SmallGuest guest = new(count, Count);
        var answered = new int[count];
        var written = new int[count];
        using VcpuThreads threads = new((vcpu, exit) => Serve(vcpu, exit, answered, written), guest.Vcpus);
        threads.Start();
        for (var round = 0; round < 20; round++)
        {
            var before = Volatile.Read(ref written[0]);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref written[0]) > before, s_patience), "The guest does not go on.");
            using var pause = threads.Pause();
            for (var i = 0; i < count; i++)
            {
                guest.Vcpus[i].GetRegs(out var regs);
                // IN is complete: its answer is in EAX already, and perhaps not yet added; OUT is complete, and perhaps not yet counted.
                var isReadButNotAdded = regs.Rip is > SmallGuest.Code and <= SmallGuest.Code + 6;
                Assert.InRange((ulong)answered[i] - regs.Rcx, 0u, isReadButNotAdded ? 1u : 0u);
                Assert.InRange((ulong)written[i] - regs.Rsi, 0u, 1u);
            }
            var (readsAtPause, writesAtPause) = ((int[])answered.Clone(), (int[])written.Clone());
            Thread.Sleep(1);
            Assert.Equal(readsAtPause, answered);
            Assert.Equal(writesAtPause, written);
        }
        threads.Stop();
        Assert.True(threads.Ended.IsCompletedSuccessfully);
    }

    [Fact]
    public void Guest_goes_on_when_the_last_of_several_pauses_ends()
    {
        using SmallGuest guest = new(2, Count);
        var (answered, written) = (new int[2], new int[2]);
        using VcpuThreads threads = new((vcpu, exit) => Serve(vcpu, exit, answered, written), guest.Vcpus);
        threads.Start();
        var one = threads.Pause();
        var other = threads.Pause();
        one.Dispose();
        one.Dispose(); // Once more does nothing.
        var stopped = (int[])written.Clone();
        Thread.Sleep(5);
        Assert.Equal(stopped, written);
        Assert.True(threads.IsPausing);
        other.Dispose();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref written[1]) > stopped[1], s_patience));
        Assert.Throws<ObjectDisposedException>(() => other.Wait());
    }

    [Fact]
    public void Threads_that_start_while_a_pause_is_wanted_wait_before_the_first_instruction()
    {
        using SmallGuest guest = new(1, Count);
        using VcpuThreads threads = new((_, _) => VcpuNext.Run, guest.Vcpus);
        using (threads.Pause())
        {
            threads.Start();
            using var second = threads.Pause();
            guest.Vcpus[0].GetRegs(out var regs);
            Assert.Equal(SmallGuest.Code, regs.Rip);
        }
        Assert.Throws<InvalidOperationException>(threads.Start);
    }

    [Fact]
    public void Pause_reaches_a_vCPU_that_never_exits()
    {
        using SmallGuest guest = new(
            1,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.jmp(loop);
            }
        );
        using VcpuThreads threads = new((_, _) => VcpuNext.Run, guest.Vcpus);
        threads.Start();
        using var pause = threads.Pause();
        guest.Vcpus[0].GetRegs(out var regs);
        Assert.Equal(SmallGuest.Code, regs.Rip);
    }

    [Fact]
    public async Task Exception_of_a_handler_stops_all_and_surfaces()
    {
        using SmallGuest guest = new(3, Count);
        using VcpuThreads threads = new(
            static (vcpu, _) => vcpu.Id == 1 ? throw new TimeZoneNotFoundException("here") : VcpuNext.Run,
            guest.Vcpus
        );
        threads.Start();
        var failure = await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => threads.Ended.WaitAsync(s_patience));
        Assert.Equal("here", failure.Message);
        Assert.Throws<TimeZoneNotFoundException>(() => threads.Wait());
        using var pause = threads.Pause(); // Of nobody: all have ended.
    }

    [Fact]
    public void Handler_stops_all()
    {
        using SmallGuest guest = new(3, Count);
        using VcpuThreads threads = new(static (vcpu, _) => vcpu.Id == 2 ? VcpuNext.Stop : VcpuNext.Run, guest.Vcpus);
        threads.Start();
        AssertEnds(threads);
        Assert.Throws<InvalidOperationException>(() => threads.Invoke(0, static _ => { }));
    }

    [Fact]
    public void Invoke_works_on_the_vCPUs_thread_while_it_runs_and_while_it_is_paused()
    {
        using SmallGuest guest = new(2, Count);
        var (answered, written) = (new int[2], new int[2]);
        using VcpuThreads threads = new((vcpu, exit) => Serve(vcpu, exit, answered, written), guest.Vcpus);
        Assert.Throws<InvalidOperationException>(() => threads.Invoke(0, static _ => { }));
        threads.Start();
        var running = NameDuringInvoke(0);
        using (threads.Pause())
            Assert.Equal(running, NameDuringInvoke(0));
        Assert.Equal("vCPU 0", running);
        Assert.Equal("vCPU 1", NameDuringInvoke(1));
        Assert.Throws<TimeZoneNotFoundException>(() => threads.Invoke(1, static _ => throw new TimeZoneNotFoundException()));
        var before = Volatile.Read(ref written[1]);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref written[1]) > before, s_patience));

        string? NameDuringInvoke(int index)
        {
            string? name = null;
            threads.Invoke(
                index,
                vcpu =>
                {
                    vcpu.GetRegs(out var regs);
                    Assert.Equal((ulong)written[index], regs.Rsi + (regs.Rip == SmallGuest.Code + 11 ? 1u : 0u));
                    name = Thread.CurrentThread.Name;
                }
            );
            return name;
        }
    }

    [Fact]
    public void Thread_of_a_vCPU_cannot_wait_for_itself()
    {
        using SmallGuest guest = new(1, Count);
        VcpuThreads? threads = null;
        var refusals = 0;
        using var created = new VcpuThreads(
            (_, _) =>
            {
                foreach (var action in (Action[])[() => threads!.Pause().Dispose(), () => threads!.Stop(), () => threads!.Wait()])
                {
                    if (Record.Exception(action) is InvalidOperationException)
                        refusals++;
                }
                return VcpuNext.Stop;
            },
            guest.Vcpus
        );
        threads = created;
        threads.Start();
        AssertEnds(threads);
        Assert.Equal(3, refusals);
    }

    [Fact]
    public void Handler_can_request_a_pause_that_another_thread_waits_for()
    {
        using SmallGuest guest = new(2, Count);
        VcpuThreads? threads = null;
        using BlockingPause asked = new();
        using var created = new VcpuThreads((_, _) => asked.Ask(threads!), guest.Vcpus);
        threads = created;
        threads.Start();
        using var pause = asked.Take(s_patience);
        pause.Wait();
        guest.Vcpus[0].GetRegs(out _);
    }

    [Fact]
    public void Wait_for_a_pause_can_be_cancelled()
    {
        using SmallGuest guest = new(1, Count);
        using ManualResetEventSlim isServing = new(),
            mayReturn = new();
        using VcpuThreads threads = new(
            (_, _) =>
            {
                isServing.Set();
                mayReturn.Wait();
                return VcpuNext.Run;
            },
            guest.Vcpus
        );
        threads.Start();
        Assert.True(isServing.Wait(s_patience));
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(20));
        Assert.Throws<OperationCanceledException>(() => threads.Pause(soon.Token));
        Assert.False(threads.IsPausing);
        mayReturn.Set();
    }

    [Fact]
    public void Threads_that_were_never_started_can_be_stopped()
    {
        using SmallGuest guest = new(1, Count);
        using VcpuThreads threads = new((_, _) => VcpuNext.Run, guest.Vcpus);
        threads.Stop();
        Assert.True(threads.Ended.IsCompleted);
        Assert.Throws<InvalidOperationException>(threads.Start);
    }

    [Fact]
    public void Serving_exits_allocates_nothing()
    {
        const int exits = 2000;
        using SmallGuest guest = new(1, Count);
        var left = exits;
        long first = 0,
            last = 0;
        using VcpuThreads threads = new(
            (_, exit) =>
            {
                if (exit.Io.Direction == KvmIoDirection.In)
                    exit.Io.Answer(1);
                if (--left == exits / 2)
                    first = GC.GetAllocatedBytesForCurrentThread();
                if (left == 0)
                    last = GC.GetAllocatedBytesForCurrentThread();
                return left == 0 ? VcpuNext.Stop : VcpuNext.Run;
            },
            guest.Vcpus
        );
        threads.Start();
        AssertEnds(threads);
        Assert.Equal(0, last - first);
    }

    private static void AssertEnds(VcpuThreads threads) =>
        Assert.True(SpinWait.SpinUntil(() => threads.Ended.IsCompleted, s_patience), "The vCPUs do not stop.");

    private static VcpuNext Serve(KvmVcpu vcpu, KvmExit exit, int[] answered, int[] written)
    {
        Assert.Equal(KvmExitReason.Io, exit.Reason);
        if (exit.Io.Direction == KvmIoDirection.In)
        {
            exit.Io.Answer(1);
            Interlocked.Increment(ref answered[vcpu.Id]);
        }
        else
        {
            Interlocked.Increment(ref written[vcpu.Id]);
        }
        return VcpuNext.Run;
    }

    /// <summary>A pause that the first handler asks for and a test takes.</summary>
    private sealed class BlockingPause : IDisposable
    {
        private readonly TaskCompletionSource<VcpuPause> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asks;

        public VcpuNext Ask(VcpuThreads threads)
        {
            if (Interlocked.Increment(ref _asks) == 1)
                _asked.SetResult(threads.RequestPause());
            return VcpuNext.Run;
        }

        public VcpuPause Take(TimeSpan patience) => _asked.Task.Wait(patience) ? _asked.Task.Result : throw new UnreachableException();

        public void Dispose() => GC.KeepAlive(_asked);
    }
}
