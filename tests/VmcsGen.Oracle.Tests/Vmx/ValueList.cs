using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>Which recorded numbers a generated enum stands for.</summary>
/// <param name="Facts">Path of the recorded numbers.</param>
/// <param name="Type">The enum's C# name.</param>
/// <param name="Renamings">Values whose C# name has other words than the recorded one.</param>
/// <param name="LeftOut">Recorded values that the enum does not have.</param>
/// <param name="Added">Values of the enum that are not recorded, with the reason.</param>
internal sealed record ValueList(
    string Facts,
    string Type,
    string Renamings = "",
    string LeftOut = "",
    params (string Value, string Reason)[] Added
)
{
    private const string MemoryTypes = "uc=Uncacheable wb=WriteBack";
    private const string EptOnly = "of EPT entries, not recorded for this use";

    private static readonly (string Value, string Reason)[] OtherMemoryTypes =
    [
        ("WriteCombining", EptOnly),
        ("WriteThrough", EptOnly),
        ("WriteProtected", EptOnly),
    ];

    /// <summary>All enums with recorded numbers, but for exit reasons and instruction errors.</summary>
    public static IReadOnlyList<ValueList> All { get; } =
    [
        new("exit_qualification/task_switch/values/source", nameof(TaskSwitchSource), "task_gate_in_idt=TaskGate"),
        new("exit_qualification/mov_cr/values/access_type", nameof(CrAccessType)),
        new("exit_qualification/mov_cr/values/lmsw_operand_type", nameof(LmswOperandType)),
        new("exit_qualification/mov_dr/values/direction_of_access", nameof(DrAccessDirection)),
        new("exit_qualification/io_instruction/values/size_of_access", nameof(IoAccessSize), "1=OneByte 2=TwoBytes 4=FourBytes"),
        new("exit_qualification/io_instruction/values/direction", nameof(IoDirection)),
        new("exit_qualification/io_instruction/values/operand_encoding", nameof(IoOperandEncoding)),
        new(
            "exit_qualification/apic_access/values/access_type",
            nameof(ApicAccessType),
            "linear_monitoring_recalled_unverified=LinearMonitoring physical_monitoring_recalled_unverified=PhysicalMonitoring"
        ),
        new("exit_qualification/entry_failure/values", nameof(VmEntryFailureQualification), "nmi_injection_blocking=NmiInjection"),
        new("activity_state", nameof(ActivityState)),
        new("interruption_information/types", nameof(InterruptionType), "", "reserved"),
        new("eptp/memory_types", nameof(MemoryType), MemoryTypes, "", OtherMemoryTypes),
        new("vmx_basic/memory_type_values", nameof(MemoryType), MemoryTypes, "", OtherMemoryTypes),
        new(
            "vmx_abort",
            nameof(VmxAbort),
            "host_pdpte=HostPdpteChecking exit_from_64bit_to_32bit_host=HostAddressSpaceSize",
            "",
            ("None", "no abort")
        ),
        new("invept_types", nameof(InveptType), "all_context=AllContexts"),
        new("invvpid_types", nameof(InvvpidType), "all_context=AllContexts"),
        new("sdm/values/general_purpose_register", nameof(GeneralPurposeRegister)),
        new("sdm/values/memory_type", nameof(MemoryType)),
        new("sdm/values/segment_register", nameof(SegmentRegister)),
        new("sdm/values/address_size", nameof(InstructionAddressSize)),
        new("sdm/values/operand_size", nameof(InstructionOperandSize)),
        new("sdm/values/scaling", nameof(IndexScaling)),
        new("sdm/values/gdtr_idtr_instruction", nameof(GdtrIdtrInstruction)),
        new("sdm/values/ldtr_tr_instruction", nameof(LdtrTrInstruction)),
        new("sdm/values/exception_vector", nameof(ExceptionVector)),
    ];

    /// <summary>Compares the enum with the recorded numbers.</summary>
    public Differences Compare(GeneratedVmx generated)
    {
        var differences = new Differences([
            .. Words.In(LeftOut).Select(name => ($"{Type}.{name}", "reserved")),
            .. Added.Select(added => ($"{Type}.{added.Value}", added.Reason)),
        ]);
        var facts = VmxFacts.Values(Facts).Select(static f => (f.Value, f.Key, (string?)null));
        ValueComparison.Compare(Type, facts, generated.ValuesOf(Type), new(Renamings), differences);
        return differences;
    }
}
