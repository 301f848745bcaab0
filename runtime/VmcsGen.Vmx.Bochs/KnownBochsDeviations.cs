using System.Collections.Generic;

namespace VmcsGen.Vmx.Bochs;

/// <summary>The deviations of Bochs 2.7, each seen by a test.</summary>
internal static class KnownBochsDeviations
{
    /// <summary>VMCALL in VMX root operation.</summary>
    internal static BochsDeviation Vmcall { get; } =
        new(
            BochsDeviationArea.Instruction,
            "VMCALL in VMX root operation with a current VMCS ends the emulator",
            "SDM 3C 31.3, VMCALL: VMfail(1) if the dual-monitor treatment is not supported. Bochs panics: 'VMCALL: not implemented yet'."
        )
        {
            IsFatal = true,
        };

    /// <summary>An injected event of type 7 on a processor that does not have it.</summary>
    internal static BochsDeviation OtherEvent { get; } =
        new(
            BochsDeviationArea.VmEntryCheck,
            "type 7 is taken on processors without the monitor trap flag, and then ends the emulator",
            "SDM 3C 27.2.1.3: type 7 is reserved if the monitor trap flag is not supported.",
            static c => !HasMonitorTrapFlag(c)
        )
        {
            IsFatal = true,
            Rules = ["InjectedEventType", "InjectedEventVector"],
        };

    /// <summary>The size of MSR areas.</summary>
    internal static BochsDeviation MsrAreaSize { get; } =
        new(
            BochsDeviationArea.VmEntryCheck,
            "the size of an MSR area wraps at 4 GiB",
            "SDM 3C 27.2.1.2 and 27.2.1.3: the last byte of the area must not lie beyond the physical-address width."
        )
        {
            IsFatal = true,
            Rules = ["VmEntryMsrLoadAreaAddress", "VmExitMsrStoreAreaAddress", "VmExitMsrLoadAreaAddress"],
        };

    /// <summary>An INIT signal that has caused a VM exit.</summary>
    internal static BochsDeviation InitStays { get; } =
        new(
            BochsDeviationArea.VmExit,
            "an INIT signal that has caused a VM exit stays pending, and resets the machine at VMXOFF",
            "SDM 3C 26.2: an INIT signal causes one VM exit, and does nothing else then."
        )
        {
            IsFatal = true,
        };

    /// <summary>All of them, by area.</summary>
    internal static IReadOnlyList<BochsDeviation> All { get; } =
    [
        Vmcall,
        new(
            BochsDeviationArea.Instruction,
            "INVEPT raises no #UD on processors without it",
            "SDM 3C 31.3, INVEPT: #UD if the processor does not support it (IA32_VMX_EPT_VPID_CAP bit 20).",
            static c => !c.EptVpid.Invept
        ),
        new(
            BochsDeviationArea.Instruction,
            "INVVPID raises no #UD on processors without it",
            "SDM 3C 31.3, INVVPID: #UD if the processor does not support it (IA32_VMX_EPT_VPID_CAP bit 32).",
            static c => !c.EptVpid.Invvpid
        ),
        MsrAreaSize,
        new(
            BochsDeviationArea.VmEntryCheck,
            "entry to SMM is not refused outside of SMM as a control",
            "SDM 3C 27.2.1.3: both controls for SMM must be 0 outside of it."
        )
        {
            Rules = ["SmmControlsNeedSmm"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "an error code is not checked on processors with CET",
            "SDM 3C 27.2.1.3: an error code is for hardware exceptions and in protected mode only, even with IA32_VMX_BASIC[56].",
            HasCet
        )
        {
            Rules = ["InjectedErrorCodeMissing", "InjectedErrorCodeForbidden"],
        },
        OtherEvent,
        new(
            BochsDeviationArea.VmEntryCheck,
            "reserved bits of IA32_DEBUGCTL are not checked",
            "SDM 3C 27.3.1.1: with the load-debug-controls control its reserved bits must be 0."
        )
        {
            Rules = ["GuestIa32DebugctlReservedBits"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "reserved bits of IA32_PERF_GLOBAL_CTRL are not checked",
            "SDM 3C 27.2.2 and 27.3.1.1: with the control that loads it, its reserved bits must be 0."
        )
        {
            Rules = ["GuestIa32PerfGlobalCtrlReservedBits", "HostIa32PerfGlobalCtrlReservedBits"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "paging is not asked of an unrestricted IA-32e guest",
            "SDM 3C 27.3.1.1: with the IA-32e-mode-guest control CR0.PG must be 1.",
            HasUnrestrictedGuest
        )
        {
            Rules = ["Ia32eModeGuestNeedsPaging"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "the upper bits of RIP are not checked in 64-bit code",
            "SDM 3C 27.3.1.4: in 64-bit code the bits of RIP from the linear-address width on must be alike."
        )
        {
            Rules = ["GuestRipUnusedBits"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "an unrestricted guest may have RFLAGS.VM in real-address mode",
            "SDM 3C 27.3.1.4: VM must be 0 if CR0.PE is 0.",
            HasUnrestrictedGuest
        )
        {
            Rules = ["GuestRflagsVirtual8086"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "SS with a null selector is not checked in 64-bit code",
            "SDM 3C 27.3.1.2: type, S, P, reserved bits, limit and base of SS are checked wherever it is usable."
        )
        {
            Rules = ["GuestSsAccessRightsType"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "the DPL of a data segment register with a code segment of type 11 is not checked",
            "SDM 3C 27.3.1.2: the DPL must not be less than the RPL for the types 0 to 11."
        ),
        new(
            BochsDeviationArea.VmEntryCheck,
            "the DPL of CS is compared with its RPL and not with the DPL of SS in an unrestricted guest",
            "SDM 3C 27.3.1.2: for the types 9 and 11 the DPL of CS must equal that of SS, for 13 and 15 it must not be greater.",
            HasUnrestrictedGuest
        )
        {
            Rules = ["GuestCsDplNonconforming", "GuestCsDplConforming"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "an NMI that STI blocks has the exit qualification 0",
            "SDM 3C 27.8: the qualification is 3 for the injection of an NMI while STI blocks events."
        ),
        new(
            BochsDeviationArea.VmEntryCheck,
            "an NMI is injected where virtual NMIs are blocked",
            "SDM 3C 27.3.1.5: with virtual NMIs, bit 3 must be 0 if an NMI is injected."
        )
        {
            Rules = ["BlockingByNmiExcludesInjectedVirtualNmi"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "a single step that STI, MOV SS or HLT holds back is not compared with RFLAGS.TF",
            "SDM 3C 27.3.1.5: BS must be 1 if TF is 1 and BTF 0, otherwise 0."
        )
        {
            Rules = ["PendingSingleStepMissing", "PendingSingleStepUnexpected"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "bits 63:32 of the pending debug exceptions are not checked",
            "SDM 3C 27.3.1.5: bits 63:17 must be 0."
        )
        {
            Rules = ["PendingDebugExceptionsReservedBits"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "a halted guest takes any event",
            "SDM 3C 27.3.1.5: in the HLT state only interrupts, NMIs, #DB, #MC and a pending MTF VM exit."
        )
        {
            Rules = ["GuestActivityStateTakesEvent"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "a guest in shutdown takes any event with vector 18",
            "SDM 3C 27.3.1.5: in the shutdown state only NMIs and #MC, which is a hardware exception."
        )
        {
            Rules = ["GuestActivityStateTakesEvent"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "CR4.CET without CR0.WP of the host counts only where its CET state is loaded",
            "SDM 3C 27.2.2: CR0.WP must be 1 if CR4.CET is 1, whatever the controls.",
            HasCet
        )
        {
            Rules = ["HostCr4CetNeedsWriteProtect"],
        },
        new(
            BochsDeviationArea.VmEntryCheck,
            "bits 63:32 of a guest's IA32_S_CET must be 0 outside of IA-32e mode",
            "SDM 3C 27.3.1.1: the field must be canonical and its reserved bits 0; only of the host 27.2.4 asks for 32 bits.",
            HasCet
        ),
        new(
            BochsDeviationArea.VmEntryCheck,
            "SSP must be canonical in IA-32e mode, whatever the code segment",
            "SDM 3C 27.3.1.4: in 64-bit code the bits of SSP from the linear-address width on must be alike; otherwise bits 63:32 must be 0.",
            HasCet
        )
        {
            Rules = ["GuestSspOf32Bits", "GuestSspUnusedBits"],
        },
        new(
            BochsDeviationArea.VmEntryEffect,
            "a VM entry that fails on guest state or MSRs writes the VM-exit instruction length, and makes the other information invalid",
            "SDM 3C 27.8: exit reason and exit qualification are written; all other VM-exit information fields are unmodified."
        ),
        new(
            BochsDeviationArea.Msr,
            "bits 63:32 of IA32_FMASK are taken",
            "SDM 3A 5.8.8, figure 5-14: bits 63:32 are reserved; SDM 2C, WRMSR: #GP for a value that sets reserved bits."
        ),
        new(
            BochsDeviationArea.Msr,
            "bits 63:32 of IA32_TSC_AUX are taken",
            "SDM 4, table 2-2: bits 63:32 of IA32_TSC_AUX are reserved; SDM 2C, WRMSR: #GP for a value that sets reserved bits."
        ),
        new(
            BochsDeviationArea.VmExit,
            "the monitor trap flag is offered and taken, and causes no VM exit",
            "SDM 3C 26.5.2: with the control set, a VM exit with reason 37 is pending on the instruction boundary after VM entry.",
            HasMonitorTrapFlag
        ),
        InitStays,
        new(
            BochsDeviationArea.VmExit,
            "an external interrupt waits while a guest that was entered with RFLAGS.IF 0 leaves it so",
            "SDM 3C 26.2: with external-interrupt exiting RFLAGS.IF does not affect whether an interrupt causes a VM exit."
        ),
        new(
            BochsDeviationArea.VmExit,
            "the interrupt window comes before an external interrupt",
            "SDM 3C 26.2: external interrupts and events of higher priority take priority over VM exits due to the interrupt window."
        ),
        new(
            BochsDeviationArea.VmExit,
            "blocking of virtual NMIs that a VM entry loads stays for later guests, until one executes IRET",
            "SDM 3C 27.3.1.5 and 27.7.6: each VM entry loads blocking from the interruptibility state, and the NMI window is open where bit 3 is 0."
        ),
        new(
            BochsDeviationArea.VmExit,
            "a VM exit due to an event saves the activity state active",
            "SDM 3C 28.1 and 28.3.4: the state before the event is saved, since the processor becomes active only after the VM exit."
        ),
    ];

    private static bool HasCet(VmxCapabilities capabilities) => (capabilities.Cr4.Fixed1 & 1UL << 23) != 0;

    private static bool HasMonitorTrapFlag(VmxCapabilities capabilities) => capabilities.PrimaryProcessorBased.Allowed1.MonitorTrapFlag;

    private static bool HasUnrestrictedGuest(VmxCapabilities capabilities) =>
        capabilities.SecondaryProcessorBased.Allowed1.UnrestrictedGuest;
}
