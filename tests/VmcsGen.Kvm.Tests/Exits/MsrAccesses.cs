using System;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>RDMSR and WRMSR of MSRs that KVM does not know, left to the VMM by KVM_CAP_X86_USER_SPACE_MSR.</summary>
public class MsrAccesses
{
    private const uint UnknownMsr = 0xDEAD_0001;
    private const byte ResultPort = 0x11;
    private const byte FaultPort = 0x13;
    private const ulong FaultHandler = 0x9000;
    private const byte GeneralProtection = 13;

    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void RDMSR_gets_the_answered_value(GuestMode mode)
    {
        using var guest = Create(
            mode,
            static code =>
            {
                code.rdmsr();
                code.@out(ResultPort, eax);
                code.mov(eax, edx);
                code.@out(ResultPort, eax);
            }
        );

        var exit = guest.RunTo(KvmExitReason.X86Rdmsr);
        Assert.False(exit.Msr.IsWrite);
        Assert.Equal(UnknownMsr, exit.Msr.Index);
        Assert.Equal(KvmMsrExitReason.Unknown, exit.Msr.Reason);
        Assert.Equal("X86Rdmsr: MSR 0xDEAD0001 (Unknown)", exit.ToString());
        exit.Msr.Answer(0x1122_3344_5566_7788);
        Assert.Equal(0x1122_3344_5566_7788u, exit.Msr.Data);

        Assert.Equal(0x5566_7788u, guest.RunToOut(ResultPort));
        Assert.Equal(0x1122_3344u, guest.RunToOut(ResultPort));
    }

    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void WRMSR_gives_the_value_and_succeeds_without_an_answer(GuestMode mode)
    {
        using var guest = Create(
            mode,
            static code =>
            {
                code.mov(eax, 0x89AB_CDEF);
                code.mov(edx, 0x0123_4567);
                code.wrmsr();
                code.@out(ResultPort, eax);
            }
        );

        var exit = guest.RunTo(KvmExitReason.X86Wrmsr);
        Assert.True(exit.Msr.IsWrite);
        Assert.Equal(UnknownMsr, exit.Msr.Index);
        Assert.Equal(0x0123_4567_89AB_CDEFu, exit.Msr.Data);
        Assert.Equal("X86Wrmsr: 0x123456789ABCDEF to MSR 0xDEAD0001 (Unknown)", exit.ToString());
        exit.Refuses<InvalidOperationException>(static exit => exit.Msr.Answer(1));

        Assert.Equal(0x89AB_CDEFu, guest.RunToOut(ResultPort));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Failed_access_gives_the_guest_a_general_protection_exception(bool isWrite)
    {
        using var guest = Create(
            GuestMode.Real,
            code =>
            {
                if (isWrite)
                    code.wrmsr();
                else
                    code.rdmsr();
                code.@out(ResultPort, eax);
            }
        );
        guest.SetVector(GeneralProtection, FaultHandler);
        guest.Place(FaultHandler, static code => code.@out(FaultPort, al));

        guest.RunTo(isWrite ? KvmExitReason.X86Wrmsr : KvmExitReason.X86Rdmsr).Msr.Fail();

        guest.RunToOut(FaultPort);
    }

    [Fact]
    public void Answer_after_Fail_makes_the_access_succeed()
    {
        using var guest = Create(
            GuestMode.Real,
            static code =>
            {
                code.rdmsr();
                code.@out(ResultPort, eax);
            }
        );

        var msr = guest.RunTo(KvmExitReason.X86Rdmsr).Msr;
        msr.Fail();
        msr.Answer(99);

        Assert.Equal(99u, guest.RunToOut(ResultPort));
    }

    private static Guest Create(GuestMode mode, Action<Assembler> access) =>
        Guest.Create(
            mode,
            code =>
            {
                code.mov(ecx, UnknownMsr);
                access(code);
            },
            static vm => vm.EnableCap(KvmCapability.X86UserSpaceMsr, (ulong)KvmMsrExitReason.Unknown),
            KvmCapability.X86UserSpaceMsr
        );
}
