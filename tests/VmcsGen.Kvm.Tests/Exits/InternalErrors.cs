using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>KVM must emulate accesses to MMIO, and its emulator does not know POPCNT.</summary>
public class InternalErrors
{
    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void Instruction_that_KVM_cannot_emulate_is_named_by_its_bytes(GuestMode mode)
    {
        using var guest = Guest.Create(mode, static code => code.popcnt(eax, __dword_ptr.fs[0x10]));
        var length = (int)(guest.CodeEnd - Guest.CodeAddress);
        var instruction = guest.Memory.GetSpan(Guest.CodeAddress, length).ToArray();

        var exit = guest.RunTo(KvmExitReason.InternalError);
        var error = exit.InternalError;

        Assert.True(exit.IsKnown);
        Assert.Equal(KvmInternalError.Emulation, error.SubError);
        Assert.Equal(KvmEmulationFailureFlags.InstructionBytes, error.EmulationFlags);
        Assert.Equal(instruction, error.InstructionBytes[..length].ToArray());
        Assert.Equal((ulong)error.EmulationFlags, error.Data[0]);
        Assert.StartsWith(
            $"InternalError: KVM could not emulate the instruction {Convert.ToHexString(instruction)}",
            exit.ToString(),
            StringComparison.Ordinal
        );

        guest.Vcpu.GetRegs(out var regs);
        Assert.Equal(Guest.CodeAddress, regs.Rip);
    }

    [Fact]
    public void Guest_at_CPL_3_that_executes_it_can_be_stopped_instead_of_getting_UD()
    {
        using var guest = Guest.Create(
            GuestMode.LongUser,
            static code => code.popcnt(eax, __dword_ptr.fs[0x10]),
            static vm => vm.EnableCap(KvmCapability.ExitOnEmulationFailure, 1),
            KvmCapability.ExitOnEmulationFailure
        );

        var error = guest.RunTo(KvmExitReason.InternalError).InternalError;

        Assert.Equal(KvmInternalError.Emulation, error.SubError);
        Assert.Equal(guest.Memory.Read<byte>(Guest.CodeAddress), error.InstructionBytes[0]);
    }

    [Fact]
    public void Emulation_failure_without_details_has_neither_flags_nor_bytes()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        ref var page = ref guest.Vcpu.RunPage;
        page.ExitReason = KvmExitReason.InternalError;
        page.EmulationFailure.Suberror = KvmInternalError.Emulation;
        page.EmulationFailure.Flags = KvmEmulationFailureFlags.InstructionBytes;
        page.EmulationFailure.Ndata = 0;

        Assert.True(exit.InternalError.Data.IsEmpty);
        Assert.Equal(default, exit.InternalError.EmulationFlags);
        Assert.True(exit.InternalError.InstructionBytes.IsEmpty);
        Assert.Equal("InternalError: KVM could not emulate an instruction", exit.ToString());
    }

    [Fact]
    public void Other_sub_errors_come_with_their_data()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        ref var page = ref guest.Vcpu.RunPage;
        page.ExitReason = KvmExitReason.InternalError;
        page.Internal.Suberror = KvmInternalError.DeliveryEv;
        page.Internal.Ndata = 2;
        page.Internal.Data[0] = 0x8000_0B0E;
        page.Internal.Data[1] = 48;

        Assert.Equal(KvmInternalError.DeliveryEv, exit.InternalError.SubError);
        Assert.Equal([0x8000_0B0E, 48], exit.InternalError.Data.ToArray());
        Assert.Equal(default, exit.InternalError.EmulationFlags);
        Assert.True(exit.InternalError.InstructionBytes.IsEmpty);
        // A hardware exception, vector 14, while exit reason 48 came up (SDM 3C 28.2.4, appendix C).
        Assert.StartsWith(
            "InternalError: the delivery of an event led to an exit that KVM cannot serve",
            exit.ToString(),
            StringComparison.Ordinal
        );
        Assert.Contains("14", exit.ToString(), StringComparison.Ordinal);
        Assert.Contains("48", exit.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void More_data_than_the_page_has_room_for_is_cut_off()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        ref var page = ref guest.Vcpu.RunPage;
        page.ExitReason = KvmExitReason.InternalError;
        page.Internal.Suberror = KvmInternalError.UnexpectedExitReason;
        page.Internal.Ndata = uint.MaxValue;

        Assert.Equal(16, exit.InternalError.Data.Length);
    }
}
