using System;
using System.Runtime.CompilerServices;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Lifetime;

public class DisposeWhileRunningTests
{
    private const byte Port = 0x11;

    [Theory]
    [InlineData(GuestMode.LongSupervisor)] // In KVM's emulator, where there is no VMX or SVM.
    [InlineData(GuestMode.LongUser)]
    public void Run_throws_when_another_thread_disposes_of_the_vCPU(GuestMode mode)
    {
        var before = KvmResources.Count();
        using (var guest = CreateCounting(mode))
        {
            var runner = new Worker(() =>
            {
                while (true)
                    guest.Vcpu.Run();
            });
            guest.AwaitCounting();

            guest.Vcpu.Dispose();

            var refusal = Assert.Throws<ObjectDisposedException>(runner.Finish);
            Assert.Contains("vCPU 0", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, KvmResources.Count());
    }

    [Fact]
    public void Guest_has_stopped_when_Dispose_returns()
    {
        using var guest = CreateCounting(GuestMode.LongUser);
        var runner = new Worker(() =>
        {
            while (true)
                guest.Vcpu.Run();
        });
        guest.AwaitCounting();

        guest.Vcpu.Dispose();

        var count = guest.Memory.Read<uint>(Guest.DataAddress);
        Thread.Sleep(5);
        Assert.Equal(count, guest.Memory.Read<uint>(Guest.DataAddress));
        Assert.Throws<ObjectDisposedException>(runner.Finish);
    }

    [Fact]
    public void Guest_goes_on_when_host_VM_and_memory_are_disposed_of()
    {
        var before = KvmResources.Count();
        using (var guest = CreateCounting(GuestMode.LongUser))
        {
            var runner = new Worker(() =>
            {
                while (true)
                    guest.Vcpu.Run();
            });
            guest.AwaitCounting();

            guest.Host.Dispose();
            guest.Vm.Dispose();
            guest.Memory.Dispose();

            var count = guest.Vm.Memory.Read<uint>(Guest.DataAddress);
            Worker.Await(() => guest.Vm.Memory.Read<uint>(Guest.DataAddress) != count);
            guest.Vcpu.Dispose();
            Assert.Throws<ObjectDisposedException>(runner.Finish);
        }
        Assert.Equal(before, KvmResources.Count());
    }

    [Fact]
    public void Thread_that_still_works_on_its_exit_is_refused_and_its_spans_stay_readable()
    {
        var before = KvmResources.Count();
        var isAtExit = false;
        var isDisposed = false;
        var hasData = false;
        using (
            var guest = Guest.Create(
                GuestMode.Real,
                static code =>
                {
                    code.mov(eax, 0x1234_5678);
                    code.@out(Port, eax);
                }
            )
        )
        {
            var runner = new Worker(() =>
            {
                var exit = guest.Vcpu.Run();
                var data = exit.Io.Data;
                Volatile.Write(ref isAtExit, true);
                Worker.Await(() => Volatile.Read(ref isDisposed));
                hasData = BitConverter.ToUInt32(data) == 0x1234_5678;
                data[0] = 1;
                exit.Refuses<InvalidOperationException>(static exit => _ = exit.Reason);
                Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.Run());
            });
            Worker.Await(() => Volatile.Read(ref isAtExit) || !runner.IsAlive);

            guest.Vcpu.Dispose();
            Assert.Equal(before.RunPages, KvmResources.CountWithoutCollecting().RunPages);
            Volatile.Write(ref isDisposed, true);

            runner.Finish();
        }
        Assert.True(hasData);
        Assert.Equal(before, KvmResources.Count());
    }

    [Fact]
    public void Dispose_at_any_moment_of_Run_leaves_nothing_behind()
    {
        var before = KvmResources.Count();
        for (var round = 0; round < TestHost.Many(150, emulated: 30); round++)
            DisposeAtSomeMomentOfRun(round);
        Assert.Equal(before, KvmResources.Count());
    }

    [Fact]
    public void Kicks_that_race_with_Dispose_do_no_harm()
    {
        var before = KvmResources.Count();
        for (var round = 0; round < TestHost.Many(100, emulated: 10); round++)
        {
            using var guest = CreateCounting(GuestMode.LongUser);
            var isOver = false;
            var kicker = new Worker(() =>
            {
                while (!Volatile.Read(ref isOver))
                    guest.Vcpu.Kick();
            });
            var runner = new Worker(() =>
            {
                while (true)
                    guest.Vcpu.Run();
            });
            BusyWait.For(TimeSpan.FromMicroseconds(4 * round));

            guest.Vcpu.Dispose();

            Volatile.Write(ref isOver, true);
            kicker.Finish();
            Assert.Throws<ObjectDisposedException>(runner.Finish);
        }
        Assert.Equal(before, KvmResources.Count());
    }

    [Fact]
    public void Several_threads_may_dispose_of_everything_at_the_same_time()
    {
        var before = KvmResources.Count();
        for (var round = 0; round < 50; round++)
        {
            var guest = CreateCounting(GuestMode.LongUser);
            var runner = new Worker(() =>
            {
                while (true)
                    guest.Vcpu.Run();
            });
            IDisposable[] parts = [guest.Memory, guest.Vcpu, guest.Vm, guest.Host, guest.Vcpu, guest.Vm];
            var others = Array.ConvertAll(parts, static part => new Worker(part.Dispose));
            Array.ForEach(others, static other => other.Finish());
            Assert.Throws<ObjectDisposedException>(runner.Finish);
        }
        Assert.Equal(before, KvmResources.Count());
    }

    // On its own, so that nothing on the stack refers to what the last round leaves to the collector.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DisposeAtSomeMomentOfRun(int round)
    {
        using var guest = CreateCounting(round % 2 == 0 ? GuestMode.LongUser : GuestMode.Real, hasExits: round % 3 == 0);
        var isStarted = false;
        var runner = new Worker(() =>
        {
            Volatile.Write(ref isStarted, true);
            while (true)
                _ = guest.Vcpu.Run().Reason;
        });
        Worker.Await(() => Volatile.Read(ref isStarted));
        BusyWait.For(TimeSpan.FromMicroseconds(1.5 * round));

        guest.Vcpu.Dispose();

        // Of the vCPU by Run, or of the exit in between.
        var refusal = Assert.ThrowsAny<InvalidOperationException>(runner.Finish);
        var isOfExit = refusal.Message.Contains("exit is over", StringComparison.Ordinal);
        Assert.True(refusal is ObjectDisposedException || isOfExit, refusal.ToString());
    }

    private static Guest CreateCounting(GuestMode mode, bool hasExits = false) =>
        Guest.Create(
            mode,
            code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.inc(__dword_ptr[(long)Guest.DataAddress]);
                if (hasExits)
                    code.@out(Port, al);
                code.jmp(loop);
            }
        );
}
