using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>Which recorded lists of bits a generated bit-field stands for.</summary>
/// <param name="Type">The bit-field's C# name.</param>
/// <param name="Facts">Paths of lists that together are its parts.</param>
/// <param name="Renamings">Parts whose C# name has other words than the recorded one.</param>
/// <param name="LeftOut">Recorded parts that are none: reserved bits.</param>
/// <param name="Added">Generated parts that are not recorded, with the reason.</param>
internal sealed record BitLayout(
    string Type,
    string[] Facts,
    string Renamings = "",
    string LeftOut = "",
    params (string Part, string Reason)[] Added
)
{
    private const string IndexRegister = "general_purpose_register=IndexRegister general_purpose_register_invalid=IndexRegisterInvalid";

    /// <summary>All bit-fields with recorded bits, but for the control words.</summary>
    public static IReadOnlyList<BitLayout> All { get; } =
    [
        new(
            nameof(ExitReason),
            ["exit_reasons/reason_field_bits"],
            "basic_exit_reason=BasicReason pending_mtf_exit=PendingMtfVmExit",
            "always_zero reserved"
        ),
        new(
            nameof(DebugExceptionQualification),
            ["exit_qualification/debug_exception/fields"],
            "b0_b3=BreakpointConditions bld=BusLock bd=DebugRegisterAccess bs=SingleStep"
        ),
        new(nameof(TaskSwitchQualification), ["exit_qualification/task_switch/fields"]),
        new(nameof(CrAccessQualification), ["exit_qualification/mov_cr/fields"]),
        new(nameof(DrAccessQualification), ["exit_qualification/mov_dr/fields"], "direction_of_access=Direction"),
        new(
            nameof(IoInstructionQualification),
            ["exit_qualification/io_instruction/fields"],
            "size_of_access=AccessSize direction_of_access=Direction port_number=Port"
        ),
        new(
            nameof(ApicAccessQualification),
            ["exit_qualification/apic_access/fields"],
            "asynchronous_to_instruction_execution=Asynchronous"
        ),
        new(
            nameof(EptViolationQualification),
            ["exit_qualification/ept_violation/fields"],
            """
            entry_readable=Readable entry_writable=Writable entry_executable=Executable entry_user_executable=UserExecutable
            access_to_translated_address=TranslatedAddress linear_user_mode=UserModeLinearAddress linear_read_write=WritablePage
            linear_execute_disable=ExecuteDisablePage entry_supervisor_shadow_stack=SupervisorShadowStack
            asynchronous_to_instruction_execution=Asynchronous
            """
        ),
        new(nameof(PageModificationLogFullQualification), ["exit_qualification/pml_full/fields"]),
        new(nameof(SppRelatedEventQualification), ["exit_qualification/spp_event/fields"], "spp_not_present_vs_misconfig=NotPresent"),
        new(nameof(InstructionTimeoutQualification), ["exit_qualification/notify_instruction_timeout/fields"]),
        new(nameof(VirtualizedEoiQualification), ["exit_qualification/virtualized_eoi/fields"]),
        new(nameof(ApicWriteQualification), ["exit_qualification/apic_write/fields"]),
        new(nameof(StartupIpiQualification), ["exit_qualification/sipi/fields"]),
        new(nameof(InsOutsInstructionInformation), ["instruction_information/ia32doc/ins_outs"]),
        new(nameof(InvalidationInstructionInformation), ["instruction_information/ia32doc/invalidate"], IndexRegister),
        new(
            nameof(GdtrIdtrInstructionInformation),
            ["instruction_information/ia32doc/gdtr_idtr_access"],
            $"{IndexRegister} operand_size=OperandSize32"
        ),
        new(
            nameof(LdtrTrInstructionInformation),
            ["instruction_information/ia32doc/ldtr_tr_access"],
            $"{IndexRegister} reg_1=Register1 memory_register=RegisterOperand"
        ),
        new(
            nameof(RdrandRdseedInstructionInformation),
            ["instruction_information/ia32doc/rdrand_rdseed"],
            "destination_register=OperandRegister"
        ),
        new(nameof(VmxInstructionInformation), ["instruction_information/ia32doc/vmx_and_xsaves"], IndexRegister),
        new(
            nameof(VmreadVmwriteInstructionInformation),
            ["instruction_information/ia32doc/vmread_vmwrite"],
            $"{IndexRegister} memory_register=RegisterOperand"
        ),
        new(
            nameof(ExtendedInstructionInformation),
            ["instruction_information/linux_apx_series/extended"],
            """
            scale=Scaling asize=AddressSize is_reg=RegisterOperand osize=OperandSize seg=SegmentRegister index_invalid=IndexRegisterInvalid
            base_invalid=BaseRegisterInvalid reg1=Register1 index=IndexRegister base=BaseRegister reg2=Register2
            """
        ),
        new(
            nameof(SegmentAccessRights),
            ["segment_access_rights/fields"],
            "s=CodeOrData avl=Available long=LongMode db=DefaultBig",
            "reserved reserved_high"
        ),
        new(nameof(InterruptibilityState), ["interruptibility_state/fields"]),
        new(nameof(PendingDebugExceptions), ["pending_debug_exceptions/fields"], "b0_b3=BreakpointConditions bld=BusLock bs=SingleStep"),
        new(
            nameof(EntryInterruptionInformation),
            ["interruption_information/vm_entry"],
            "error_code_valid=DeliverErrorCode nested_exception_fred=NestedException"
        ),
        new(nameof(ExitInterruptionInformation), ["interruption_information/vm_exit"], "nested_exception_fred=NestedException"),
        new(
            nameof(IdtVectoringInformation),
            ["interruption_information/idt_vectoring"],
            "nested_exception_fred=NestedException",
            "bit12_undefined"
        ),
        new(
            nameof(EptPointer),
            ["eptp/fields"],
            "enable_accessed_dirty=EnableAccessedAndDirtyFlags pml4_physical_page=RootTableAddress",
            "reserved"
        ),
        new(nameof(EptEntry), ["ept_entry/leaf"], "physical_page=PhysicalAddress"),
        new(
            nameof(EptVpidCapabilities),
            ["ept_vpid_capability/ia32doc", "ept_vpid_capability/linux_extra", "ept_vpid_capability/recalled_unverified"],
            """
            execute_only_pages=ExecuteOnly pde_2mb_pages=Pages2M pdpte_1gb_pages=Pages1G ept_accessed_and_dirty_flags=AccessedAndDirtyFlags
            advanced_vmexit_ept_violations_information=AdvancedEptViolationInformation
            invvpid_single_context_retain_globals=InvvpidSingleContextRetainingGlobals
            """,
            "",
            ("MaximumHlatPrefixSize", "in the SDM; no recorded source lists it")
        ),
        new(
            nameof(VmxBasic),
            ["vmx_basic/fields"],
            """
            revision_id=VmcsRevisionIdentifier region_size=VmcsRegionSize physical_32bit_only=PhysicalAddresses32Bit
            dual_monitor=DualMonitorTreatment ins_outs_info=InsOutsInformation no_hw_error_code_check=ErrorCodeForAnyException
            nested_exception_fred=NestedException no_seamret_invd_vmcs=SeamretKeepsVmcs
            """,
            "zero"
        ),
        new(
            nameof(VmxMisc),
            ["vmx_misc/fields"],
            """
            save_efer_lma=SavesEferLma activity_wait_sipi=ActivityWaitForSipi max_msr_list_multiplier=MsrListMultiplier
            vmxoff_block_smi=VmxoffBlocksSmi vmwrite_exit_info=VmwriteExitInformation mseg_id=MsegRevisionIdentifier
            """
        ),
        new(nameof(FeatureControl), ["sdm/bits/feature_control"]),
        new(nameof(VmxControlCapability), ["sdm/bits/control_capability"]),
        new(nameof(VmcsEnumeration), ["sdm/bits/vmcs_enumeration"]),
        new(nameof(InterruptStatus), ["sdm/bits/interrupt_status"]),
        new(nameof(MwaitQualification), ["sdm/bits/mwait_qualification"]),
        new(nameof(WrmsrQualification), ["sdm/bits/wrmsr_qualification"]),
        new(nameof(MsrImmediateInstructionInformation), ["sdm/bits/msr_immediate"]),
        new(nameof(PostedInterruptControl), ["sdm/bits/posted_interrupt_control"]),
        new(nameof(EnlightenmentsControl), ["sdm/bits/enlightenments_control"]),
    ];

    // What all of a kind are as wide as; the width of others is that of their VMCS field or member.
    private int? Width
    {
        get
        {
            var kind =
                Facts[0].StartsWith("exit_qualification/", StringComparison.Ordinal)
                || Type.EndsWith("Qualification", StringComparison.Ordinal)
                    ? "exit_qualification"
                : Facts[0].StartsWith("instruction_information/ia32doc", StringComparison.Ordinal) || Facts[0] == "sdm/bits/msr_immediate"
                    ? "instruction_information"
                : Type
                    is nameof(VmxBasic)
                        or nameof(VmxMisc)
                        or nameof(EptVpidCapabilities)
                        or nameof(FeatureControl)
                        or nameof(VmxControlCapability)
                        or nameof(VmcsEnumeration)
                    ? "capability_msr"
                : null;
            return kind is null ? null : (int)VmxFacts.Values("sdm/values/width")[kind];
        }
    }

    /// <summary>Compares the bit-field with the recorded bits.</summary>
    public Differences Compare(GeneratedVmx generated)
    {
        var differences = new Differences([
            .. Words.In(LeftOut).Select(name => ($"{Type}.{name}", "reserved")),
            .. Added.Select(added => ($"{Type}.{added.Part}", added.Reason)),
        ]);
        PartComparison.Compare(Facts.SelectMany(VmxFacts.Parts), generated.BitFields[Type], new(Renamings), differences);
        if (Width is { } width)
            differences.Check(Type, "width", width, generated.BitFields[Type].SizeInBits);
        return differences;
    }
}
