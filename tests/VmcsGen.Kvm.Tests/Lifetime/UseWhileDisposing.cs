using System;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Lifetime;

/// <summary>A thread that never ran the vCPU and uses its run page learns by an exception that another one disposed of it.</summary>
public class UseWhileDisposing
{
    private const int Rounds = 6;

    [Fact]
    public void Stored_registers() => AssertRefused(static vcpu => _ = vcpu.SyncRegs.Stored);

    [Fact]
    public void Changed_registers() => AssertRefused(static vcpu => _ = vcpu.SyncRegs.Changed);

    [Fact]
    public void Registers_to_change() =>
        AssertRefused(static vcpu =>
        {
            ref var regs = ref vcpu.SyncRegs.ChangeRegs();
            for (var i = 0; i < 1000; i++)
                regs.Rax++;
        });

    [Fact]
    public void Registers_to_store() =>
        AssertRefused(static vcpu =>
        {
            vcpu.SyncRegs.Stored |= KvmSyncRegsFlags.Sregs;
            vcpu.SyncRegs.Stored = KvmSyncRegsFlags.Regs;
        });

    [Fact]
    public void Run_page() =>
        AssertRefused(static vcpu =>
        {
            ref var page = ref vcpu.RunPage;
            for (var i = 0; i < 1000; i++)
                page.RequestInterruptWindow ^= 1;
        });

    [Fact]
    public void Several_threads_at_a_time()
    {
        using var guest = CreateGuest();
        var uses = 0;
        var users = Array.ConvertAll(
            new int[4],
            _ => new Worker(() =>
            {
                while (true)
                {
                    guest.Vcpu.RunPage.RequestInterruptWindow ^= 1;
                    Interlocked.Increment(ref uses);
                }
            })
        );
        Worker.Await(() => Volatile.Read(ref uses) > 1000);

        guest.Vcpu.Dispose();

        foreach (var user in users)
            Assert.Throws<ObjectDisposedException>(user.Finish);
    }

    private static void AssertRefused(Action<KvmVcpu> use)
    {
        var before = KvmResources.Count();
        for (var round = 0; round < Rounds; round++)
        {
            using var guest = CreateGuest();
            guest.Vcpu.SyncRegs.Stored = KvmSyncRegsFlags.Regs;
            var uses = 0;
            var user = new Worker(() =>
            {
                while (true)
                {
                    use(guest.Vcpu);
                    Volatile.Write(ref uses, uses + 1);
                }
            });
            Worker.Await(() => Volatile.Read(ref uses) > 10 * round || !user.IsAlive);

            guest.Vcpu.Dispose();

            Assert.Throws<ObjectDisposedException>(user.Finish);
        }
        Assert.Equal(before, KvmResources.Count());
    }

    private static Guest CreateGuest() => Guest.Create(GuestMode.Real, static code => code.@out(0x11, al));
}
