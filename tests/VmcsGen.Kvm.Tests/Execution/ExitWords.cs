using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>Exits that end a guest say in words why, and where to look next.</summary>
public class ExitWords
{
    // Numbers: SDM 3C appendix C (33, 34, 41) and table 31-1 (7, 8); AMD APM 2 appendix C (VMEXIT_INVALID is -1).
    [Theory]
    [InlineData(0x8000_0021, false, "0x80000021, VM entry failed due to invalid guest state (exit reason 33)", "dump_invalid_vmcs")]
    [InlineData(0x8000_0022, false, "0x80000022, VM entry failed due to MSR loading (exit reason 34)", "KVM_SET_MSRS")]
    [InlineData(0x8000_0029, false, "machine-check event", "kernel log")]
    [InlineData(7, false, "0x7, VM entry with invalid control fields (VM-instruction error 7)", "kernel log")]
    [InlineData(8, false, "0x8, VM entry with invalid host-state fields (VM-instruction error 8)", "kernel log")]
    [InlineData(0xFFFF_FFFF, true, "invalid guest state in the VMCB (VMEXIT_INVALID)", "KVM_SET_SREGS")]
    [InlineData(ulong.MaxValue, true, "invalid guest state in the VMCB (VMEXIT_INVALID)", "dump_invalid_vmcb")]
    [InlineData(0x1234, false, "hardware reason 0x1234", "")]
    [InlineData(0x8000_0021, true, "hardware reason 0x80000021", "")]
    public void Failed_entry(ulong reason, bool isSvm, string meaning, string next)
    {
        var text = FailEntryText.Describe(reason, isSvm);

        Assert.Contains(meaning, text, StringComparison.Ordinal);
        Assert.Contains(next, text, StringComparison.Ordinal);
    }

    // Event information: vector 7:0, type 10:8, error code 11, valid 31. Source: SDM 3C 25.9.2.
    [Fact]
    public void Internal_errors_with_their_data()
    {
        Assert.Contains(
            "event in delivery interrupt 0x41, exception exception 14 (PageFault) with an error code, error code 0x2, last host CPU 3",
            InternalErrorText.Describe((KvmInternalError)2, [0x8000_0041, 0x8000_0B0E, 2, 3]),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "event in delivery exception 13 (GeneralProtection) with an error code, hardware exit reason 48, qualification 0x181, last host CPU 1",
            InternalErrorText.Describe((KvmInternalError)3, [0x8000_0B0D, 48, 0x181, 1]),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "hardware exit reason 49, qualification 0x0, guest physical 0xFEE00000, last host CPU 1",
            InternalErrorText.Describe((KvmInternalError)3, [0x8000_0202, 49, 0, 0xFEE0_0000, 1]),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "hardware exit reason 77, last host CPU 2",
            InternalErrorText.Describe((KvmInternalError)4, [77, 2]),
            StringComparison.Ordinal
        );
        Assert.Contains("data AB", InternalErrorText.Describe((KvmInternalError)4, [77, 2, 0xAB]), StringComparison.Ordinal);
        Assert.Contains("unknown internal error", InternalErrorText.Describe((KvmInternalError)99, []), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x41, "none (0x41)")]
    [InlineData(0x8000_0202, "NMI")]
    [InlineData(0x8000_0480, "INT 0x80")]
    [InlineData(0x8000_0603, "INT3 or INTO (vector 3)")]
    [InlineData(0x8000_0319, "exception 25")]
    public void Events(ulong information, string text) => Assert.Equal(text, EventText.Describe(information));

    [Fact]
    public void Instruction_that_KVM_cannot_emulate_is_disassembled_if_the_program_has_a_disassembler()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.hlt());
        guest.Vcpu.Kick();
        var exit = guest.Vcpu.Run();
        Fill(ref exit.RunPage);
        KvmInternalErrorExit.Disassembler = static (bytes, size) =>
        {
            var decoder = Iced.Intel.Decoder.Create(size, bytes.ToArray());
            return decoder.Decode().ToString();
        };
        try
        {
            Assert.Equal("InternalError: KVM could not emulate the instruction 0F01CA (clac)", exit.ToString());
        }
        finally
        {
            KvmInternalErrorExit.Disassembler = null;
        }
        Assert.Equal("InternalError: KVM could not emulate the instruction 0F01CA", exit.ToString());
    }

    private static void Fill(ref KvmRun page)
    {
        page.ExitReason = KvmExitReason.InternalError;
        page.EmulationFailure.Suberror = KvmInternalError.Emulation;
        page.EmulationFailure.Ndata = 3;
        page.EmulationFailure.Flags = KvmEmulationFailureFlags.InstructionBytes;
        page.EmulationFailure.InsnSize = 3;
        ((ReadOnlySpan<byte>)[0x0F, 0x01, 0xCA]).CopyTo(page.EmulationFailure.InsnBytes);
    }
}
