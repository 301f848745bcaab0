using System;
using CsCheck;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

public class VmExitDescribeTests
{
    [Theory]
    [InlineData("CrAccess: MOV CR3, RAX; instruction length 3", BasicExitReason.CrAccess, 0x3ul)]
    [InlineData("CrAccess: MOV R10, CR8; instruction length 3", BasicExitReason.CrAccess, 0xA18ul)]
    [InlineData("CrAccess: CLTS; instruction length 3", BasicExitReason.CrAccess, 0x20ul)]
    [InlineData("CrAccess: LMSW of 0x9 from memory; guest linear 0x7000; instruction length 3", BasicExitReason.CrAccess, 0x90070ul)]
    [InlineData("MovDr: MOV DR7, RBX; instruction length 3", BasicExitReason.MovDr, 0x307ul)]
    [InlineData("MovDr: MOV R15, DR6; instruction length 3", BasicExitReason.MovDr, 0xF16ul)]
    [InlineData("IoInstruction: 8-bit OUT to port 0x3F8 (in DX); instruction length 3", BasicExitReason.IoInstruction, 0x3F80000ul)]
    [InlineData("IoInstruction: 32-bit IN from port 0x60 (immediate); instruction length 3", BasicExitReason.IoInstruction, 0x60004Bul)]
    [InlineData("TaskSwitch: to TSS 0x28 by Jmp; instruction length 3", BasicExitReason.TaskSwitch, 0x80000028ul)]
    [InlineData("Invlpg: address 0x1000; instruction length 3", BasicExitReason.Invlpg, 0x1000ul)]
    [InlineData("Hlt: instruction length 3", BasicExitReason.Hlt, 0ul)]
    [InlineData("Mwait: monitor armed; instruction length 3", BasicExitReason.Mwait, 1ul)]
    [InlineData("StartupIpi: vector 0x9A", BasicExitReason.StartupIpi, 0x9Aul)]
    [InlineData("VirtualizedEoi: vector 0x31", BasicExitReason.VirtualizedEoi, 0x31ul)]
    [InlineData("TripleFault", BasicExitReason.TripleFault, 0ul)]
    [InlineData("EptMisconfiguration: guest physical 0xFEE00000", BasicExitReason.EptMisconfiguration, 0ul)]
    [InlineData(
        "EptViolation: DataWrite, Readable, Executable, GuestLinearAddressValid, TranslatedAddress; guest physical 0xFEE00000; "
            + "guest linear 0x7000",
        BasicExitReason.EptViolation,
        0x1AAul
    )]
    [InlineData("unknown exit reason 200: qualification 0x5", (BasicExitReason)200, 5ul)]
    public void A_VM_exit_is_one_line_with_its_reason_and_what_belongs_to_it(string expected, BasicExitReason reason, ulong qualification)
    {
        var exit = new VmExit
        {
            Reason = new ExitReason { BasicReason = reason },
            Qualification = qualification,
            GuestPhysicalAddress = 0xFEE0_0000,
            GuestLinearAddress = 0x7000,
            InstructionLength = 3,
        };

        Assert.Equal(expected, exit.Describe());
    }

    [Fact]
    public void REP_INS_tells_its_address_size_and_its_linear_address()
    {
        var exit = new VmExit
        {
            Reason = new ExitReason { BasicReason = BasicExitReason.IoInstruction },
            Qualification = 0x01F0_0039,
            GuestLinearAddress = 0x7000,
            InstructionInformation = 0x80,
            InstructionLength = 2,
        };

        Assert.Equal(
            "IoInstruction: 16-bit REP INS from port 0x1F0 (in DX); guest linear 0x7000; address size 32; instruction length 2",
            exit.Describe()
        );
    }

    [Fact]
    public void VMREAD_names_the_register_with_the_field_and_the_operand()
    {
        var exit = new VmExit
        {
            Reason = new ExitReason { BasicReason = BasicExitReason.Vmread },
            Qualification = 0x10,
            InstructionInformation = 0x2005_8102,
            InstructionLength = 5,
        };

        Assert.Equal("Vmread: field in RDX, value in DS:[RAX + RCX*4 + 0x10]; instruction length 5", exit.Describe());
    }

    [Fact]
    public void A_page_fault_tells_address_and_error_code_and_what_was_being_delivered()
    {
        var exit = new VmExit
        {
            Reason = new ExitReason { BasicReason = BasicExitReason.ExceptionOrNmi },
            Qualification = 0x1234,
            Interruption = new ExitInterruptionInformation
            {
                Valid = true,
                Type = InterruptionType.HardwareException,
                Vector = 14,
                ErrorCodeValid = true,
                NmiUnblockingDueToIret = true,
            },
            InterruptionErrorCode = 2,
            IdtVectoring = new IdtVectoringInformation
            {
                Valid = true,
                Type = InterruptionType.ExternalInterrupt,
                Vector = 0x31,
            },
        };

        Assert.Equal(
            "ExceptionOrNmi: address 0x1234; HardwareException #PF (vector 14), error code 0x2, NMI unblocking due to IRET; "
                + "while delivering ExternalInterrupt vector 0x31",
            exit.Describe()
        );
    }

    [Fact]
    public void A_VM_entry_failure_tells_its_cause_and_nothing_that_is_left_over()
    {
        var exit = new VmExit
        {
            Reason = new ExitReason(0x8000_0021),
            Qualification = 4,
            InstructionLength = 3,
            IdtVectoring = new IdtVectoringInformation { Valid = true },
        };

        Assert.Equal("EntryFailureInvalidGuestState (EntryFailure): VmcsLinkPointer", exit.Describe());
    }

    [Fact]
    public void A_VM_entry_failure_without_a_cause_of_its_own_is_said_in_words() =>
        Assert.Equal(
            "EntryFailureInvalidGuestState (EntryFailure): a check of the guest state failed",
            new VmExit { Reason = new ExitReason(0x8000_0021) }.Describe()
        );

    [Theory]
    [InlineData(true, "ExceptionOrNmi: while delivering HardwareException #PF (vector 14), error code 0x2, nested")]
    [InlineData(false, "ExceptionOrNmi: while delivering HardwareException #PF (vector 14), error code 0x2")]
    public void A_nested_exception_whose_delivery_was_interrupted_is_told_as_such(bool isNested, string expected)
    {
        var exit = new VmExit
        {
            Reason = new ExitReason { BasicReason = BasicExitReason.ExceptionOrNmi },
            IdtVectoring = new IdtVectoringInformation
            {
                Valid = true,
                Type = InterruptionType.HardwareException,
                Vector = 14,
                ErrorCodeValid = true,
                NestedException = isNested,
            },
            IdtVectoringErrorCode = 2,
        };

        Assert.Equal(expected, exit.Describe());
    }

    [Fact]
    public void An_external_interrupt_that_was_not_acknowledged_has_no_vector()
    {
        var exit = new VmExit { Reason = new ExitReason { BasicReason = BasicExitReason.ExternalInterrupt } };

        Assert.Equal("ExternalInterrupt: not acknowledged", exit.Describe());
    }

    [Fact]
    public void Any_values_of_the_fields_can_be_described_in_one_line() =>
        Gen.Select(Gen.UInt[0, 100], Gen.UInt, Gen.ULong, Gen.UInt, Gen.UInt, Gen.UInt, Gen.UInt)
            .Sample(
                (reason, flags, qualification, information, interruption, vectoring, code) =>
                {
                    var exit = new VmExit
                    {
                        Reason = new ExitReason((flags & 0xFFFF_0000) | reason),
                        Qualification = qualification,
                        InstructionInformation = information,
                        Interruption = new ExitInterruptionInformation(interruption),
                        InterruptionErrorCode = code,
                        IdtVectoring = new IdtVectoringInformation(vectoring),
                        IdtVectoringErrorCode = code,
                    };

                    var text = exit.Describe();
                    Assert.DoesNotContain('\n', text);
                    var name = Enum.IsDefined(exit.BasicReason) ? exit.BasicReason.ToString() : $"unknown exit reason {reason}";
                    Assert.StartsWith(name, text, StringComparison.Ordinal);
                }
            );
}
