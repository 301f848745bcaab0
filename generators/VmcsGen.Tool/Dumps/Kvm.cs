using System.Collections.Generic;
using static VmcsGen.Tool.Dumps.DumpSection;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Tool.Dumps;

/// <summary>What dump_vmcs of Linux 4.19 and later prints (arch/x86/kvm/vmx.c, then arch/x86/kvm/vmx/vmx.c).</summary>
internal static class Kvm
{
    /// <summary>The lines.</summary>
    public static IReadOnlyList<DumpForm> Forms { get; } =
    [
        // Linux 5.13: which VMCS, and on which processor.
        Line(Guest, $"VMCS {NoField.Number}, last attempted VM-entry on CPU {NoField.Number}") with
        {
            BeginsDump = true,
        },
        .. Headers(DumpDialect.Kvm),
        Line(Guest, $"CR0: actual={GuestCr0}, shadow={Cr0ReadShadow}, gh_mask={Cr0GuestHostMask}"),
        Line(Guest, $"CR4: actual={GuestCr4}, shadow={Cr4ReadShadow}, gh_mask={Cr4GuestHostMask}"),
        Line(Guest, $"CR3 = {GuestCr3}"),
        Line(Guest, $"PDPTR0 = {GuestPdpte0}  PDPTR1 = {GuestPdpte1}"),
        Line(Guest, $"PDPTR2 = {GuestPdpte2}  PDPTR3 = {GuestPdpte3}"),
        Line(Guest, $"RSP = {GuestRsp}  RIP = {GuestRip}"),
        Line(Guest, $"RFLAGS={GuestRflags}         DR7 = {GuestDr7}"),
        Line(Guest, $"Sysenter RSP={GuestIa32SysenterEsp} CS:RIP={GuestIa32SysenterCs}:{GuestIa32SysenterEip}"),
        Line(Guest, $"CS:   sel={GuestCsSelector}, attr={GuestCsAccessRights}, limit={GuestCsLimit}, base={GuestCsBase}"),
        Line(Guest, $"DS:   sel={GuestDsSelector}, attr={GuestDsAccessRights}, limit={GuestDsLimit}, base={GuestDsBase}"),
        Line(Guest, $"SS:   sel={GuestSsSelector}, attr={GuestSsAccessRights}, limit={GuestSsLimit}, base={GuestSsBase}"),
        Line(Guest, $"ES:   sel={GuestEsSelector}, attr={GuestEsAccessRights}, limit={GuestEsLimit}, base={GuestEsBase}"),
        Line(Guest, $"FS:   sel={GuestFsSelector}, attr={GuestFsAccessRights}, limit={GuestFsLimit}, base={GuestFsBase}"),
        Line(Guest, $"GS:   sel={GuestGsSelector}, attr={GuestGsAccessRights}, limit={GuestGsLimit}, base={GuestGsBase}"),
        Line(Guest, $"GDTR: limit={GuestGdtrLimit}, base={GuestGdtrBase}"),
        Line(Guest, $"LDTR: sel={GuestLdtrSelector}, attr={GuestLdtrAccessRights}, limit={GuestLdtrLimit}, base={GuestLdtrBase}"),
        Line(Guest, $"IDTR: limit={GuestIdtrLimit}, base={GuestIdtrBase}"),
        Line(Guest, $"TR:   sel={GuestTrSelector}, attr={GuestTrAccessRights}, limit={GuestTrLimit}, base={GuestTrBase}"),
        Line(Guest, $"EFER = {GuestIa32Efer}  PAT = {GuestIa32Pat}"),
        // Since 5.13 by themselves, and the EFER of other sources is marked as such: it is no field's value.
        Line(Guest, $"EFER= {GuestIa32Efer}"),
        Line(Guest, $"EFER= {NoField.Number} (autoload)"),
        Line(Guest, $"EFER= {NoField.Number} (effective)"),
        Line(Guest, $"PAT = {GuestIa32Pat}"),
        Line(Guest, $"DebugCtl = {GuestIa32Debugctl}  DebugExceptions = {GuestPendingDebugExceptions}"),
        Line(Guest, $"PerfGlobCtl = {GuestIa32PerfGlobalCtrl}"),
        Line(Guest, $"BndCfgS = {GuestIa32Bndcfgs}"),
        Line(Guest, $"Interruptibility = {GuestInterruptibilityState}  ActivityState = {GuestActivityState}"),
        Line(Guest, $"InterruptStatus = {GuestInterruptStatus}"),
        .. Cet(),
        Line(Host, $"RIP = {HostRip}  RSP = {HostRsp}"),
        Line(
            Host,
            $"CS={HostCsSelector} SS={HostSsSelector} DS={HostDsSelector} ES={HostEsSelector} FS={HostFsSelector} GS={HostGsSelector} TR={HostTrSelector}"
        ),
        Line(Host, $"FSBase={HostFsBase} GSBase={HostGsBase} TRBase={HostTrBase}"),
        Line(Host, $"GDTBase={HostGdtrBase} IDTBase={HostIdtrBase}"),
        Line(Host, $"CR0={HostCr0} CR3={HostCr3} CR4={HostCr4}"),
        Line(Host, $"Sysenter RSP={HostIa32SysenterEsp} CS:RIP={HostIa32SysenterCs}:{HostIa32SysenterEip}"),
        Line(Host, $"EFER = {HostIa32Efer}  PAT = {HostIa32Pat}"),
        Line(Host, $"EFER= {HostIa32Efer}"),
        Line(Host, $"PAT = {HostIa32Pat}"),
        Line(Host, $"PerfGlobCtl = {HostIa32PerfGlobalCtrl}"),
        Line(
            Control,
            $"PinBased={PinBasedControls} CPUBased={PrimaryProcessorBasedControls} SecondaryExec={SecondaryProcessorBasedControls}"
        ),
        Line(Control, $"EntryControls={VmEntryControls} ExitControls={PrimaryVmExitControls}"),
        // Since 5.18 in another order, with the tertiary controls.
        Line(
            Control,
            $"CPUBased={PrimaryProcessorBasedControls} SecondaryExec={SecondaryProcessorBasedControls} TertiaryExec={TertiaryProcessorBasedControls}"
        ),
        Line(Control, $"PinBased={PinBasedControls} EntryControls={VmEntryControls} ExitControls={PrimaryVmExitControls}"),
        Line(Control, $"ExceptionBitmap={ExceptionBitmap} PFECmask={PageFaultErrorCodeMask} PFECmatch={PageFaultErrorCodeMatch}"),
        Line(Control, $"VMEntry: intr_info={EntryInterruptionInformation} errcode={EntryExceptionErrorCode} ilen={EntryInstructionLength}"),
        Line(Control, $"VMExit: intr_info={ExitInterruptionInformation} errcode={ExitInterruptionErrorCode} ilen={ExitInstructionLength}"),
        Line(Control, $"reason={ExitReason} qualification={ExitQualification}"),
        Line(Control, $"IDTVectoring: info={IdtVectoringInformation} errcode={IdtVectoringErrorCode}"),
        Line(Control, $"TSC Offset = {TscOffset}"),
        Line(Control, $"TSC Multiplier = {TscMultiplier}"),
        Line(Control, $"SVI|RVI = {new FieldPart(GuestInterruptStatus, 8, 8)}|{new FieldPart(GuestInterruptStatus, 0, 8)}"),
        Line(Control, $"TPR Threshold = {TprThreshold}"),
        Line(Control, $"APIC-access addr = {ApicAccessAddress}"),
        Line(Control, $"virt-APIC addr = {VirtualApicAddress}"),
        Line(Control, $"PostedIntrVec = {PostedInterruptNotificationVector}"),
        Line(Control, $"EPT pointer = {EptPointer}"),
        .. Cr3Targets(DumpDialect.Kvm),
        Line(Control, $"PLE Gap={PleGap} Window={PleWindow}"),
        Line(Control, $"Virtual processor ID = {VirtualProcessorIdentifier}"),
    ];

    /// <summary>The headings of the sections.</summary>
    public static IEnumerable<DumpForm> Headers(DumpDialect dialect) =>
        [
            DumpForm.Of(dialect, Guest, $"*** Guest State ***") with
            {
                BeginsDump = true,
            },
            DumpForm.Of(dialect, Host, $"*** Host State ***"),
            DumpForm.Of(dialect, Control, $"*** Control State ***"),
        ];

    /// <summary>CR3-target values: in dumps of Linux before 5.13 and of Xen.</summary>
    public static IEnumerable<DumpForm> Cr3Targets(DumpDialect dialect) =>
        [
            DumpForm.Of(dialect, Control, $"CR3 target0={Cr3TargetValue0} target1={Cr3TargetValue1}"),
            DumpForm.Of(dialect, Control, $"CR3 target2={Cr3TargetValue2} target3={Cr3TargetValue3}"),
            DumpForm.Of(dialect, Control, $"CR3 target0={Cr3TargetValue0}"),
            DumpForm.Of(dialect, Control, $"CR3 target2={Cr3TargetValue2}"),
        ];

    // In one line or three. The host's stand in the host's section or behind the controls.
    private static IEnumerable<DumpForm> Cet()
    {
        yield return Line(Guest, $"S_CET = {GuestIa32SCet}, SSP = {GuestSsp}, SSP TABLE = {GuestIa32InterruptSspTableAddr}");
        yield return Line(Guest, $"S_CET = {GuestIa32SCet}");
        yield return Line(Guest, $"SSP = {GuestSsp}");
        yield return Line(Guest, $"SSP TABLE = {GuestIa32InterruptSspTableAddr}");
        foreach (var section in (DumpSection[])[Host, Control])
        {
            yield return Line(section, $"S_CET = {HostIa32SCet}, SSP = {HostSsp}, SSP TABLE = {HostIa32InterruptSspTableAddr}");
            yield return Line(section, $"S_CET = {HostIa32SCet}");
            yield return Line(section, $"SSP = {HostSsp}");
            yield return Line(section, $"SSP TABLE = {HostIa32InterruptSspTableAddr}");
        }
    }

    private static DumpForm Line(DumpSection section, DumpFormText text) => DumpForm.Of(DumpDialect.Kvm, section, text);
}
