using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Debugging;

/// <summary>Which steps are done once more, and that no instruction is lost or done twice by it.</summary>
public class SingleStepTests
{
    private const ulong Bs = 1 << 14; // DR6. Source: SDM 3B 19.2.3.

    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void A_repeated_instruction_takes_as_many_steps_as_it_has_rounds_and_a_jump_to_itself_is_one_each_time(GuestMode mode)
    {
        const int Rounds = 5;
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(edi, (uint)Guest.DataAddress);
                code.mov(ecx, Rounds);
                code.mov(al, 0x5A);
                code.cld();
                code.rep.stosb();
                var self = code.CreateLabel();
                code.Label(ref self);
                code.jmp(self);
            },
            null,
            KvmCapability.SetGuestDebug
        );
        using var debugger = new GuestDebugger(guest.Vcpu);
        for (var setUp = 0; setUp < 4; setUp++)
            guest.Step(debugger, KvmExitReason.Debug);
        var repeated = debugger.LastStop.Address;

        // The SDM, vol. 2, REP, has each round end in a trap if TF is set; a KVM that emulates may do several before it tells.
        for (ulong left = Rounds; debugger.LastStop.Address == repeated; )
        {
            guest.Step(debugger, KvmExitReason.Debug);
            guest.Vcpu.GetRegs(out var regs);
            Assert.True(regs.Rcx < left || (left == 0 && debugger.LastStop.Address > repeated), $"{left} rounds are left after a step.");
            Assert.Equal(Guest.DataAddress + Rounds - regs.Rcx, regs.Rdi);
            left = regs.Rcx;
        }
        Assert.Equal(0x5A, guest.Memory.Read<byte>(Guest.DataAddress + Rounds - 1));
        Assert.Equal(0, guest.Memory.Read<byte>(Guest.DataAddress + Rounds));

        var self = new DebugStop(DebugStopReasons.Step, debugger.LastStop.Address);
        for (var round = 0; round < 3; round++)
        {
            guest.Step(debugger, KvmExitReason.Debug);
            Assert.Equal(self, debugger.LastStop);
        }
    }

    [Fact]
    public void A_step_is_repeated_if_no_register_changed_and_only_after_the_exception_of_a_step()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        guest.RunTo(KvmExitReason.Hlt);
        guest.Vcpu.GetRegs(out var before);

        Assert.True(SingleSteps.IsToBeRepeated(Told(guest, KvmExceptionVector.Debug, Bs), before, before));
        Assert.False(SingleSteps.IsToBeRepeated(Told(guest, KvmExceptionVector.Debug, Bs), before, before with { Rip = before.Rip + 1 }));
        Assert.False(SingleSteps.IsToBeRepeated(Told(guest, KvmExceptionVector.Debug, Bs), before, before with { Rcx = before.Rcx - 1 }));
        Assert.False(SingleSteps.IsToBeRepeated(Told(guest, KvmExceptionVector.Debug, dr6: 1), before, before));
        Assert.False(SingleSteps.IsToBeRepeated(Told(guest, KvmExceptionVector.Breakpoint, Bs), before, before));
        Assert.True(SingleSteps.IsEndedBy(Told(guest, KvmExceptionVector.Debug, Bs | 1)));
    }

    /// <summary>A debug exit as KVM tells it.</summary>
    private static KvmExit Told(Guest guest, KvmExceptionVector exception, ulong dr6)
    {
        ref var page = ref guest.Vcpu.RunPage;
        page.ExitReason = KvmExitReason.Debug;
        page.Debug.Arch.Exception = exception;
        page.Debug.Arch.Dr6 = dr6;
        return new KvmExit(guest.Vcpu, guest.Vcpu.Generation);
    }
}
