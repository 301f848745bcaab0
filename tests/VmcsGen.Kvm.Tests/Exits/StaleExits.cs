using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

public class StaleExits
{
    private static readonly ExitUse[] s_uses =
    [
        static exit => _ = exit.Reason,
        static exit => _ = exit.IsKnown,
        static exit => _ = exit.Io,
        static exit => _ = exit.FailEntry,
        static exit => _ = exit.RunPage,
        static exit => _ = exit.ToString(),
    ];

    [Fact]
    public void Exit_is_over_with_the_next_Run()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.@out(0x42, al);
                code.@out(0x43, al);
            }
        );
        var exit = guest.RunTo(KvmExitReason.Io);
        var io = exit.Io;

        var next = guest.RunTo(KvmExitReason.Io);

        AssertStale(exit);
        try
        {
            _ = io.Port;
            Assert.Fail("A payload taken before can still be read.");
        }
        catch (InvalidOperationException) { }
        Assert.Equal(0x43, next.Io.Port);
    }

    [Fact]
    public void Exit_is_over_with_the_Dispose_of_its_vCPU()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.@out(0x42, al));
        var exit = guest.RunTo(KvmExitReason.Io);

        guest.Vcpu.Dispose();

        AssertStale(exit);
    }

    [Fact]
    public void Exit_outlives_host_VM_and_memory_as_long_as_its_vCPU_lives()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.@out(0x42, al));
        var exit = guest.RunTo(KvmExitReason.Io);

        guest.Host.Dispose();
        guest.Vm.Dispose();
        guest.Memory.Dispose();

        Assert.Equal(0x42, exit.Io.Port);
    }

    [Fact]
    public void Exit_that_comes_from_no_Run_is_refused() => AssertStale(default);

    private static void AssertStale(KvmExit exit)
    {
        foreach (var use in s_uses)
            exit.Refuses<InvalidOperationException>(use);
    }
}
