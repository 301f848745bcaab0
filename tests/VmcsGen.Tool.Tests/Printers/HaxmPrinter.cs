using System.Collections.Generic;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Tests.Printers;

/// <summary>Prints as dump_vmcs of HAXM does: "%04x %s: %llx" (core/dump_vmcs.c and core/vmx.c).</summary>
internal static class HaxmPrinter
{
    // Encodings and names as HAXM lists them, a part of each kind.
    private static readonly (uint Encoding, string Name)[] s_list =
    [
        (0x4000, "VMX_PIN_CONTROLS"),
        (0x4002, "VMX_PRIMARY_PROCESSOR_CONTROLS"),
        (0x401E, "VMX_SECONDARY_PROCESSOR_CONTROLS"),
        (0x4004, "VMX_EXCEPTION_BITMAP"),
        (0x400C, "VMX_EXIT_CONTROLS"),
        (0x400E, "VMX_EXIT_MSR_STORE_COUNT"),
        (0x4012, "VMX_ENTRY_CONTROLS"),
        (0x4014, "VMX_ENTRY_MSR_LOAD_COUNT"),
        (0x4016, "VMX_ENTRY_INTERRUPT_INFO"),
        (0x4018, "VMX_ENTRY_EXCEPTION_ERROR_CODE"),
        (0x401A, "VMX_ENTRY_INSTRUCTION_LENGTH"),
        (0x400A, "VMX_CR3_TARGET_COUNT"),
        (0x0000, "VMX_VPID"),
        (0x2000, "VMX_IO_BITMAP_A"),
        (0x2004, "VMX_MSR_BITMAP"),
        (0x200A, "VMX_ENTRY_MSR_LOAD_ADDRESS"),
        (0x201A, "VMX_EPTP"),
        (0x482E, "VMX_PREEMPTION_TIMER"),
        (0x4400, "VMX_INSTRUCTION_ERROR_CODE"),
        (0x4402, "VM_EXIT_INFO_REASON"),
        (0x6400, "VM_EXIT_INFO_QUALIFICATION"),
        (0x2400, "VM_EXIT_INFO_GUEST_PHYSICAL_ADDRESS"),
        (0x6C16, "HOST_RIP"),
        (0x6C00, "HOST_CR0"),
        (0x6C04, "HOST_CR4"),
        (0x0C02, "HOST_CS_SELECTOR"),
        (0x0C0C, "HOST_TR_SELECTOR"),
        (0x681E, "GUEST_RIP"),
        (0x6820, "GUEST_RFLAGS"),
        (0x6800, "GUEST_CR0"),
        (0x6802, "GUEST_CR3"),
        (0x6804, "GUEST_CR4"),
        (0x0802, "GUEST_CS_SELECTOR"),
        (0x0804, "GUEST_SS_SELECTOR"),
        (0x4816, "GUEST_CS_AR"),
        (0x4818, "GUEST_SS_AR"),
        (0x4822, "GUEST_TR_AR"),
        (0x6808, "GUEST_CS_BASE"),
        (0x4802, "GUEST_CS_LIMIT"),
        (0x2800, "GUEST_VMCS_LINK_PTR"),
        (0x2802, "GUEST_DEBUGCTL"),
        (0x2806, "GUEST_EFER"),
        (0x681A, "GUEST_DR7"),
        (0x6822, "GUEST_PENDING_DBE"),
        (0x4824, "GUEST_INTERRUPTIBILITY"),
        (0x4826, "GUEST_ACTIVITY_STATE"),
    ];

    public static PrintedVmcs Print(IReadOnlyDictionary<VmcsField, ulong> vmcs)
    {
        var printed = new PrintedVmcs(vmcs);
        foreach (var (encoding, name) in s_list)
            printed.Line($"{encoding:x4} {name}: {{0}}", ((VmcsField)encoding, 1));
        return printed;
    }
}
