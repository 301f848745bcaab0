using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// What a VM exit holds belongs to its exit reason: the lists of SDM 3C 28.2.1 and 28.2.5.
public class VmExitBelongingTests
{
    private static readonly BasicExitReason[] Displacement =
    [
        BasicExitReason.Vmclear,
        BasicExitReason.Vmptrld,
        BasicExitReason.Vmptrst,
        BasicExitReason.Vmread,
        BasicExitReason.Vmwrite,
        BasicExitReason.Vmxon,
        BasicExitReason.GdtrIdtrAccess,
        BasicExitReason.LdtrTrAccess,
        BasicExitReason.Invept,
        BasicExitReason.Invvpid,
        BasicExitReason.Invpcid,
        BasicExitReason.Xsaves,
        BasicExitReason.Xrstors,
    ];

    private static readonly Dictionary<string, (Func<VmExit, object> Read, BasicExitReason[] Reasons)> Properties = new()
    {
        [nameof(VmExit.StartupIpi)] = (static exit => exit.StartupIpi, [BasicExitReason.StartupIpi]),
        [nameof(VmExit.TaskSwitch)] = (static exit => exit.TaskSwitch, [BasicExitReason.TaskSwitch]),
        [nameof(VmExit.InvlpgAddress)] = (static exit => exit.InvlpgAddress, [BasicExitReason.Invlpg]),
        [nameof(VmExit.CrAccess)] = (static exit => exit.CrAccess, [BasicExitReason.CrAccess]),
        [nameof(VmExit.MovDr)] = (static exit => exit.MovDr, [BasicExitReason.MovDr]),
        [nameof(VmExit.IoInstruction)] = (static exit => exit.IoInstruction, [BasicExitReason.IoInstruction, BasicExitReason.IoSmi]),
        [nameof(VmExit.Mwait)] = (static exit => exit.Mwait, [BasicExitReason.Mwait]),
        [nameof(VmExit.Wrmsr)] = (static exit => exit.Wrmsr, [BasicExitReason.Wrmsr]),
        [nameof(VmExit.MsrIndex)] = (
            static exit => exit.MsrIndex,
            [BasicExitReason.Rdmsrlist, BasicExitReason.Wrmsrlist, BasicExitReason.RdmsrImmediate, BasicExitReason.WrmsrnsImmediate]
        ),
        [nameof(VmExit.ApicAccess)] = (static exit => exit.ApicAccess, [BasicExitReason.ApicAccess]),
        [nameof(VmExit.VirtualizedEoi)] = (static exit => exit.VirtualizedEoi, [BasicExitReason.VirtualizedEoi]),
        [nameof(VmExit.ApicWrite)] = (static exit => exit.ApicWrite, [BasicExitReason.ApicWrite]),
        [nameof(VmExit.EptViolation)] = (static exit => exit.EptViolation, [BasicExitReason.EptViolation]),
        [nameof(VmExit.PageModificationLogFull)] = (static exit => exit.PageModificationLogFull, [BasicExitReason.PageModificationLogFull]),
        [nameof(VmExit.SppRelatedEvent)] = (static exit => exit.SppRelatedEvent, [BasicExitReason.SppRelatedEvent]),
        [nameof(VmExit.InstructionTimeout)] = (static exit => exit.InstructionTimeout, [BasicExitReason.InstructionTimeout]),
        [nameof(VmExit.EntryFailure)] = (static exit => exit.EntryFailure, [BasicExitReason.EntryFailureInvalidGuestState]),
        [nameof(VmExit.EntryFailureMsr)] = (static exit => exit.EntryFailureMsr, [BasicExitReason.EntryFailureMsrLoading]),
        [nameof(VmExit.DebugException)] = (static exit => exit.DebugException, []),
        [nameof(VmExit.PageFaultAddress)] = (static exit => exit.PageFaultAddress, []),
        [nameof(VmExit.MemoryOperand)] = (static exit => exit.MemoryOperand, Displacement),
        [nameof(VmExit.InsOutsInstructionInformation)] = (static exit => exit.InsOutsInstructionInformation, []),
        [nameof(VmExit.InvalidationInstructionInformation)] = (
            static exit => exit.InvalidationInstructionInformation,
            [BasicExitReason.Invept, BasicExitReason.Invvpid, BasicExitReason.Invpcid]
        ),
        [nameof(VmExit.GdtrIdtrInstructionInformation)] = (
            static exit => exit.GdtrIdtrInstructionInformation,
            [BasicExitReason.GdtrIdtrAccess]
        ),
        [nameof(VmExit.LdtrTrInstructionInformation)] = (static exit => exit.LdtrTrInstructionInformation, [BasicExitReason.LdtrTrAccess]),
        [nameof(VmExit.RdrandRdseedInstructionInformation)] = (
            static exit => exit.RdrandRdseedInstructionInformation,
            [BasicExitReason.Rdrand, BasicExitReason.Rdseed, BasicExitReason.Umwait, BasicExitReason.Tpause]
        ),
        [nameof(VmExit.VmxInstructionInformation)] = (
            static exit => exit.VmxInstructionInformation,
            [
                BasicExitReason.Vmclear,
                BasicExitReason.Vmptrld,
                BasicExitReason.Vmptrst,
                BasicExitReason.Vmxon,
                BasicExitReason.Xsaves,
                BasicExitReason.Xrstors,
            ]
        ),
        [nameof(VmExit.VmreadVmwriteInstructionInformation)] = (
            static exit => exit.VmreadVmwriteInstructionInformation,
            [BasicExitReason.Vmread, BasicExitReason.Vmwrite]
        ),
        [nameof(VmExit.MsrImmediateInstructionInformation)] = (
            static exit => exit.MsrImmediateInstructionInformation,
            [BasicExitReason.RdmsrImmediate, BasicExitReason.WrmsrnsImmediate]
        ),
    };

    public static TheoryData<string> Names { get; } = [.. Properties.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_property_can_be_read_for_its_exit_reasons_and_throws_for_all_others(string name)
    {
        var (read, reasons) = Properties[name];
        for (uint number = 0; number <= 100; number++)
        {
            var exit = Of((BasicExitReason)number);
            if (reasons.Contains(exit.BasicReason))
                Assert.NotNull(read(exit));
            else
                Assert.Throws<InvalidOperationException>(() => read(exit));
        }
    }

    [Fact]
    public void Reading_what_belongs_to_another_reason_names_both_reasons()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Of(BasicExitReason.EptViolation).CrAccess);

        Assert.Contains("reason CrAccess", error.Message, StringComparison.Ordinal);
        Assert.Contains("this one is EptViolation", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_names_every_reason_that_has_the_format()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Of(BasicExitReason.Hlt).InvalidationInstructionInformation);

        Assert.Contains("Invept, Invvpid or Invpcid", error.Message, StringComparison.Ordinal);
        Assert.Contains("this one is Hlt", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(InterruptionType.HardwareException, 1u, true, false)]
    [InlineData(InterruptionType.PrivilegedSoftwareException, 1u, true, false)]
    [InlineData(InterruptionType.HardwareException, 14u, false, true)]
    [InlineData(InterruptionType.HardwareException, 13u, false, false)]
    [InlineData(InterruptionType.Nmi, 2u, false, false)]
    public void An_exceptions_qualification_depends_on_its_vector(InterruptionType type, uint vector, bool debug, bool pageFault)
    {
        var exit = Of(BasicExitReason.ExceptionOrNmi) with
        {
            Interruption = new ExitInterruptionInformation
            {
                Valid = true,
                Type = type,
                Vector = vector,
            },
        };

        Assert.Equal(debug, exit.QualificationFormat == ExitQualificationFormat.DebugException);
        Assert.Equal(pageFault, exit.QualificationFormat == ExitQualificationFormat.PageFaultAddress);
        Assert.Equal(pageFault, exit.IsPageFault);
        Assert.Equal(type == InterruptionType.Nmi, exit.IsNmi);
        if (!pageFault)
            Assert.Throws<InvalidOperationException>(() => exit.PageFaultAddress);
    }

    [Fact]
    public void An_interruption_that_is_not_valid_is_no_exception()
    {
        var exit = Of(BasicExitReason.ExceptionOrNmi) with
        {
            Interruption = new ExitInterruptionInformation { Type = InterruptionType.HardwareException, Vector = 14 },
        };

        Assert.False(exit.IsPageFault);
    }

    [Fact]
    public void Only_string_IO_instructions_have_instruction_information()
    {
        Assert.Throws<InvalidOperationException>(() => Of(BasicExitReason.IoInstruction).InsOutsInstructionInformation);

        var outs = Of(BasicExitReason.IoInstruction) with { Qualification = 0x10 };
        Assert.Equal(InstructionInformationFormat.InsOuts, outs.InstructionInformationFormat);
    }

    [Theory]
    [InlineData(BasicExitReason.Cpuid, true)]
    [InlineData(BasicExitReason.Vmcall, true)]
    [InlineData(BasicExitReason.CrAccess, true)]
    [InlineData(BasicExitReason.ExternalInterrupt, false)]
    [InlineData(BasicExitReason.EptViolation, false)]
    [InlineData(BasicExitReason.MonitorTrapFlag, false)]
    [InlineData(BasicExitReason.ApicWrite, false)]
    [InlineData(BasicExitReason.PreemptionTimerExpired, false)]
    public void The_instruction_length_describes_VM_exits_due_to_instructions(BasicExitReason reason, bool expected) =>
        Assert.Equal(expected, Of(reason).HasInstructionLength);

    [Fact]
    public void The_instruction_length_describes_an_interrupted_software_interrupt()
    {
        var exit = Of(BasicExitReason.EptViolation) with
        {
            IdtVectoring = new IdtVectoringInformation
            {
                Valid = true,
                Type = InterruptionType.SoftwareInterrupt,
                Vector = 0x80,
            },
        };

        Assert.True(exit.HasInstructionLength);
        Assert.True(exit.IsDuringEventDelivery);
    }

    [Theory]
    [InlineData(InterruptionType.SoftwareException, true)]
    [InlineData(InterruptionType.HardwareException, false)]
    public void The_instruction_length_describes_INT3_but_no_fault(InterruptionType type, bool expected)
    {
        var exit = Of(BasicExitReason.ExceptionOrNmi) with
        {
            Interruption = new ExitInterruptionInformation
            {
                Valid = true,
                Type = type,
                Vector = 3,
            },
        };

        Assert.Equal(expected, exit.HasInstructionLength);
    }

    [Theory]
    [InlineData(0x8000_0028ul, true)]
    [InlineData(0xC000_0028ul, false)]
    public void The_instruction_length_describes_a_task_switch_by_an_instruction(ulong qualification, bool expected) =>
        Assert.Equal(expected, (Of(BasicExitReason.TaskSwitch) with { Qualification = qualification }).HasInstructionLength);

    [Fact]
    public void After_a_VM_entry_failure_the_other_fields_describe_nothing()
    {
        var exit = new VmExit
        {
            Reason = new ExitReason { BasicReason = BasicExitReason.EntryFailureInvalidGuestState, EntryFailure = true },
            IdtVectoring = new IdtVectoringInformation { Valid = true, Type = InterruptionType.SoftwareInterrupt },
        };

        Assert.True(exit.IsEntryFailure);
        Assert.False(exit.HasInstructionLength);
        Assert.False(exit.IsDuringEventDelivery);
    }

    private static VmExit Of(BasicExitReason reason) => new() { Reason = new ExitReason { BasicReason = reason } };
}
