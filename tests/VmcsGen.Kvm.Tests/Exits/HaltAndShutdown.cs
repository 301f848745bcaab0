using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

public class HaltAndShutdown
{
    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void HLT_is_an_exit_after_which_the_guest_goes_on(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.hlt();
                code.@out(0x11, al);
            }
        );

        var exit = guest.RunTo(KvmExitReason.Hlt);
        Assert.True(exit.IsKnown);
        Assert.Equal("Hlt", exit.ToString());

        guest.RunToOut(0x11);
    }

    // Not in real mode, whose interrupt table KVM's emulator reads without regard to its limit.
    [Theory]
    [InlineData(GuestMode.Protected)]
    [InlineData(GuestMode.LongSupervisor)]
    [InlineData(GuestMode.LongUser)]
    public void Triple_fault_is_a_shutdown(GuestMode mode)
    {
        using var guest = Guest.Create(mode, static code => code.ud2());
        guest.Vcpu.GetSregs(out var sregs);
        sregs.Idt = default; // Without room for any vector: neither the fault nor the double fault can be delivered.
        guest.Vcpu.SetSregs(sregs);

        var exit = guest.RunTo(KvmExitReason.Shutdown);

        Assert.True(exit.IsKnown);
        Assert.Equal("Shutdown: triple fault", exit.ToString());
    }
}
