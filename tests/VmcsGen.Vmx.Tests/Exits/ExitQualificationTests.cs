using Xunit;

namespace VmcsGen.Vmx.Tests;

// One test for each layout of SDM 3C 28.2.1, with values put together from its tables by hand.
public class ExitQualificationTests
{
    [Fact]
    public void A_debug_exception_tells_its_breakpoints_in_bits_3_to_0_and_single_stepping_in_bit_14()
    {
        var exit = Exception(InterruptionType.HardwareException, 1, 0x4005);

        Assert.Equal(5u, exit.DebugException.BreakpointConditions);
        Assert.True(exit.DebugException.SingleStep);
        Assert.False(exit.DebugException.DebugRegisterAccess);
    }

    [Theory]
    [InlineData(0x0800, nameof(DebugExceptionQualification.BusLock))]
    [InlineData(0x2000, nameof(DebugExceptionQualification.DebugRegisterAccess))]
    [InlineData(0x1_0000, nameof(DebugExceptionQualification.Rtm))]
    public void Other_causes_of_a_debug_exception_have_a_bit_each(ulong qualification, string cause)
    {
        var debug = Exception(InterruptionType.HardwareException, 1, qualification).DebugException;

        Assert.Equal(cause == nameof(debug.BusLock), debug.BusLock);
        Assert.Equal(cause == nameof(debug.DebugRegisterAccess), debug.DebugRegisterAccess);
        Assert.Equal(cause == nameof(debug.Rtm), debug.Rtm);
    }

    [Fact]
    public void A_page_fault_tells_the_linear_address() =>
        Assert.Equal(0xFFFF_8000_1234_5678, Exception(InterruptionType.HardwareException, 14, 0xFFFF_8000_1234_5678).PageFaultAddress);

    [Fact]
    public void A_start_up_IPI_tells_its_vector_in_bits_7_to_0() =>
        Assert.Equal(0x9Au, Of(BasicExitReason.StartupIpi, 0x9A).StartupIpi.Vector);

    [Theory]
    [InlineData(0x0000_0028, 0x28, TaskSwitchSource.Call)]
    [InlineData(0x4000_0040, 0x40, TaskSwitchSource.Iret)]
    [InlineData(0x8000_FFF8, 0xFFF8, TaskSwitchSource.Jmp)]
    [InlineData(0xC000_0008, 0x08, TaskSwitchSource.TaskGate)]
    public void A_task_switch_tells_the_TSS_in_bits_15_to_0_and_the_source_in_bits_31_to_30(
        ulong raw,
        uint selector,
        TaskSwitchSource source
    )
    {
        var task = Of(BasicExitReason.TaskSwitch, raw).TaskSwitch;

        Assert.Equal(selector, task.Selector);
        Assert.Equal(source, task.Source);
    }

    [Theory]
    [InlineData(0x003, 3, CrAccessType.MovToCr, GeneralPurposeRegister.Rax)]
    [InlineData(0x204, 4, CrAccessType.MovToCr, GeneralPurposeRegister.Rdx)]
    [InlineData(0xA18, 8, CrAccessType.MovFromCr, GeneralPurposeRegister.R10)]
    [InlineData(0x020, 0, CrAccessType.Clts, GeneralPurposeRegister.Rax)]
    public void A_CR_access_tells_register_access_type_and_operand(
        ulong raw,
        uint controlRegister,
        CrAccessType type,
        GeneralPurposeRegister register
    )
    {
        var access = Of(BasicExitReason.CrAccess, raw).CrAccess;

        Assert.Equal(controlRegister, access.ControlRegister);
        Assert.Equal(type, access.AccessType);
        Assert.Equal(register, access.GeneralPurposeRegister);
    }

    [Theory]
    [InlineData(0x0009_0070, LmswOperandType.Memory, 0x9, true)]
    [InlineData(0xFFF1_0030, LmswOperandType.Register, 0xFFF1, false)]
    public void LMSW_tells_its_source_data_in_bits_31_to_16_and_its_operand_type_in_bit_6(
        ulong raw,
        LmswOperandType type,
        uint data,
        bool hasAddress
    )
    {
        var exit = Of(BasicExitReason.CrAccess, raw);

        Assert.Equal(CrAccessType.Lmsw, exit.CrAccess.AccessType);
        Assert.Equal(type, exit.CrAccess.LmswOperandType);
        Assert.Equal(data, exit.CrAccess.LmswSourceData);
        Assert.Equal(hasAddress, exit.HasGuestLinearAddress);
    }

    [Theory]
    [InlineData(0x307, 7, DrAccessDirection.MovToDr, GeneralPurposeRegister.Rbx)]
    [InlineData(0xF16, 6, DrAccessDirection.MovFromDr, GeneralPurposeRegister.R15)]
    public void MOV_DR_tells_register_direction_and_operand(
        ulong raw,
        uint debugRegister,
        DrAccessDirection direction,
        GeneralPurposeRegister register
    )
    {
        var access = Of(BasicExitReason.MovDr, raw).MovDr;

        Assert.Equal(debugRegister, access.DebugRegister);
        Assert.Equal(direction, access.Direction);
        Assert.Equal(register, access.GeneralPurposeRegister);
    }

    [Fact]
    public void OUT_by_DX_has_only_a_size_and_a_port()
    {
        var io = Of(BasicExitReason.IoInstruction, 0x03F8_0000).IoInstruction;

        Assert.Equal(0x3F8u, io.Port);
        Assert.Equal(IoAccessSize.OneByte, io.AccessSize);
        Assert.Equal(IoDirection.Out, io.Direction);
        Assert.Equal(IoOperandEncoding.Dx, io.OperandEncoding);
        Assert.False(io.StringInstruction || io.RepPrefixed);
    }

    [Fact]
    public void IN_from_an_immediate_port_sets_bits_3_and_6()
    {
        var io = Of(BasicExitReason.IoInstruction, 0x0060_004B).IoInstruction;

        Assert.Equal(0x60u, io.Port);
        Assert.Equal(IoAccessSize.FourBytes, io.AccessSize);
        Assert.Equal(IoDirection.In, io.Direction);
        Assert.Equal(IoOperandEncoding.Immediate, io.OperandEncoding);
    }

    [Theory]
    [InlineData(BasicExitReason.IoInstruction)]
    [InlineData(BasicExitReason.IoSmi)]
    public void REP_INS_sets_bits_4_and_5_in_an_IO_exit_and_in_an_IO_SMI(BasicExitReason reason)
    {
        var exit = Of(reason, 0x01F0_0039);

        Assert.Equal(IoAccessSize.TwoBytes, exit.IoInstruction.AccessSize);
        Assert.True(exit.IoInstruction.StringInstruction);
        Assert.True(exit.IoInstruction.RepPrefixed);
        Assert.True(exit.HasGuestLinearAddress);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void MWAIT_tells_whether_the_monitor_was_armed(ulong raw, bool armed) =>
        Assert.Equal(armed, Of(BasicExitReason.Mwait, raw).Mwait.MonitorArmed);

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void WRMSRNS_differs_from_WRMSR_in_bit_0(ulong raw, bool nonSerializing) =>
        Assert.Equal(nonSerializing, Of(BasicExitReason.Wrmsr, raw).Wrmsr.NonSerializing);

    [Theory]
    [InlineData(BasicExitReason.RdmsrImmediate)]
    [InlineData(BasicExitReason.WrmsrnsImmediate)]
    [InlineData(BasicExitReason.Rdmsrlist)]
    [InlineData(BasicExitReason.Wrmsrlist)]
    public void MSR_instructions_that_do_not_take_the_MSR_in_ECX_tell_its_index(BasicExitReason reason) =>
        Assert.Equal(0xC000_0080u, Of(reason, 0xC000_0080).MsrIndex);

    [Theory]
    [InlineData(0x0_1300, 0x300, ApicAccessType.LinearWrite, false)]
    [InlineData(0x0_0080, 0x080, ApicAccessType.LinearRead, false)]
    [InlineData(0x0_F000, 0x000, ApicAccessType.PhysicalInstruction, false)]
    [InlineData(0x1_A000, 0x000, ApicAccessType.PhysicalEventDelivery, true)]
    public void An_APIC_access_tells_offset_type_and_whether_it_is_asynchronous(
        ulong raw,
        uint offset,
        ApicAccessType type,
        bool asynchronous
    )
    {
        var access = Of(BasicExitReason.ApicAccess, raw).ApicAccess;

        Assert.Equal(offset, access.PageOffset);
        Assert.Equal(type, access.AccessType);
        Assert.Equal(asynchronous, access.Asynchronous);
    }

    [Fact]
    public void A_virtualized_EOI_tells_its_vector_in_bits_7_to_0() =>
        Assert.Equal(0x31u, Of(BasicExitReason.VirtualizedEoi, 0x31).VirtualizedEoi.Vector);

    [Fact]
    public void An_APIC_write_tells_its_offset_in_bits_11_to_0() =>
        Assert.Equal(0xFF0u, Of(BasicExitReason.ApicWrite, 0xFF0).ApicWrite.PageOffset);

    [Fact]
    public void A_write_to_a_read_only_page_is_an_EPT_violation_with_bits_1_3_5_7_and_8()
    {
        var exit = Of(BasicExitReason.EptViolation, 0x1AA);
        var violation = exit.EptViolation;

        Assert.True(violation is { DataWrite: true, DataRead: false, InstructionFetch: false });
        Assert.True(violation is { Readable: true, Writable: false, Executable: true, UserExecutable: false });
        Assert.True(violation is { GuestLinearAddressValid: true, TranslatedAddress: true });
        Assert.True(exit is { HasGuestLinearAddress: true, HasGuestPhysicalAddress: true });
    }

    [Fact]
    public void An_EPT_violation_without_bit_7_has_no_linear_address() =>
        Assert.False(Of(BasicExitReason.EptViolation, 0x1).HasGuestLinearAddress);

    [Theory]
    [InlineData(0x1_0000, nameof(EptViolationQualification.Asynchronous))]
    [InlineData(0x8000, nameof(EptViolationQualification.GuestPagingVerification))]
    [InlineData(0x4000, nameof(EptViolationQualification.SupervisorShadowStack))]
    [InlineData(0x2000, nameof(EptViolationQualification.ShadowStackAccess))]
    [InlineData(0x1000, nameof(EptViolationQualification.NmiUnblockingDueToIret))]
    [InlineData(0x0800, nameof(EptViolationQualification.ExecuteDisablePage))]
    [InlineData(0x0400, nameof(EptViolationQualification.WritablePage))]
    [InlineData(0x0200, nameof(EptViolationQualification.UserModeLinearAddress))]
    [InlineData(0x0040, nameof(EptViolationQualification.UserExecutable))]
    public void Circumstances_of_an_EPT_violation_have_a_bit_each(ulong raw, string name) =>
        Assert.Equal(name, Of(BasicExitReason.EptViolation, raw).EptViolation.ToString());

    [Fact]
    public void A_full_log_an_SPP_event_and_a_timeout_tell_of_NMI_unblocking_in_bit_12()
    {
        Assert.True(Of(BasicExitReason.PageModificationLogFull, 0x1000).PageModificationLogFull.NmiUnblockingDueToIret);
        Assert.True(Of(BasicExitReason.SppRelatedEvent, 0x1000).SppRelatedEvent.NmiUnblockingDueToIret);
        Assert.True(Of(BasicExitReason.InstructionTimeout, 0x1000).InstructionTimeout.NmiUnblockingDueToIret);
    }

    [Fact]
    public void An_SPP_miss_sets_bit_11() => Assert.True(Of(BasicExitReason.SppRelatedEvent, 0x800).SppRelatedEvent.NotPresent);

    [Fact]
    public void A_timeout_that_lost_the_guest_sets_bit_0() =>
        Assert.True(Of(BasicExitReason.InstructionTimeout, 1).InstructionTimeout.ContextInvalid);

    [Fact]
    public void INVLPG_tells_the_linear_address() => Assert.Equal(0x7FFF_F000ul, Of(BasicExitReason.Invlpg, 0x7FFF_F000).InvlpgAddress);

    [Fact]
    public void A_VM_entry_failure_tells_what_was_invalid_or_which_MSR_could_not_be_loaded()
    {
        Assert.Equal(VmEntryFailureQualification.VmcsLinkPointer, Failure(BasicExitReason.EntryFailureInvalidGuestState, 4).EntryFailure);
        Assert.Equal(3u, Failure(BasicExitReason.EntryFailureMsrLoading, 3).EntryFailureMsr);
    }

    private static VmExit Of(BasicExitReason reason, ulong qualification) =>
        new()
        {
            Reason = new ExitReason { BasicReason = reason },
            Qualification = qualification,
        };

    private static VmExit Failure(BasicExitReason reason, ulong qualification) =>
        new()
        {
            Reason = new ExitReason { BasicReason = reason, EntryFailure = true },
            Qualification = qualification,
        };

    private static VmExit Exception(InterruptionType type, uint vector, ulong qualification) =>
        new()
        {
            Reason = new ExitReason { BasicReason = BasicExitReason.ExceptionOrNmi },
            Qualification = qualification,
            Interruption = new ExitInterruptionInformation
            {
                Valid = true,
                Type = type,
                Vector = vector,
            },
        };
}
