using System.Collections.Generic;
using static VmcsGen.Tool.Dumps.DumpSection;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Tool.Dumps;

/// <summary>What vmcs_dump_vcpu of Xen prints (xen/arch/x86/hvm/vmx/vmcs.c).</summary>
internal static class Xen
{
    /// <summary>The lines.</summary>
    public static IReadOnlyList<DumpForm> Forms { get; } =
    [
        Line(Guest, $"************* VMCS Area **************") with
        {
            BeginsDump = true,
        },
        .. Kvm.Headers(DumpDialect.Xen),
        Line(Guest, $"CR0: actual={GuestCr0}, shadow={Cr0ReadShadow}, gh_mask={Cr0GuestHostMask}"),
        Line(Guest, $"CR4: actual={GuestCr4}, shadow={Cr4ReadShadow}, gh_mask={Cr4GuestHostMask}"),
        Line(Guest, $"CR3 = {GuestCr3}"),
        Line(Guest, $"PDPTE0 = {GuestPdpte0}  PDPTE1 = {GuestPdpte1}"),
        Line(Guest, $"PDPTE2 = {GuestPdpte2}  PDPTE3 = {GuestPdpte3}"),
        // In parentheses is what the guest has at the moment, which is not in the VMCS yet.
        Line(Guest, $"RSP = {GuestRsp} ({NoField.Number})  RIP = {GuestRip} ({NoField.Number})"),
        Line(Guest, $"RFLAGS={GuestRflags} ({NoField.Number})  DR7 = {GuestDr7}"),
        Line(Guest, $"Sysenter RSP={GuestIa32SysenterEsp} CS:RIP={GuestIa32SysenterCs}:{GuestIa32SysenterEip}"),
        Line(Guest, $"CS: {GuestCsSelector} {GuestCsAccessRights} {GuestCsLimit} {GuestCsBase}"),
        Line(Guest, $"DS: {GuestDsSelector} {GuestDsAccessRights} {GuestDsLimit} {GuestDsBase}"),
        Line(Guest, $"SS: {GuestSsSelector} {GuestSsAccessRights} {GuestSsLimit} {GuestSsBase}"),
        Line(Guest, $"ES: {GuestEsSelector} {GuestEsAccessRights} {GuestEsLimit} {GuestEsBase}"),
        Line(Guest, $"FS: {GuestFsSelector} {GuestFsAccessRights} {GuestFsLimit} {GuestFsBase}"),
        Line(Guest, $"GS: {GuestGsSelector} {GuestGsAccessRights} {GuestGsLimit} {GuestGsBase}"),
        Line(Guest, $"GDTR: {GuestGdtrLimit} {GuestGdtrBase}"),
        Line(Guest, $"LDTR: {GuestLdtrSelector} {GuestLdtrAccessRights} {GuestLdtrLimit} {GuestLdtrBase}"),
        Line(Guest, $"IDTR: {GuestIdtrLimit} {GuestIdtrBase}"),
        Line(Guest, $"TR: {GuestTrSelector} {GuestTrAccessRights} {GuestTrLimit} {GuestTrBase}"),
        Line(Guest, $"EFER = {GuestIa32Efer}  PAT = {GuestIa32Pat}"),
        Line(Guest, $"EFER(VMCS) = {GuestIa32Efer}  PAT = {GuestIa32Pat}"),
        Line(Guest, $"EFER(MSR LL) = {NoField.Number}  PAT = {GuestIa32Pat}"),
        Line(Guest, $"PreemptionTimer = {VmxPreemptionTimerValue}  SM Base = {GuestSmbase}"),
        Line(Guest, $"DebugCtl = {GuestIa32Debugctl}  DebugExceptions = {GuestPendingDebugExceptions}"),
        Line(Guest, $"PerfGlobCtl = {GuestIa32PerfGlobalCtrl}  BndCfgS = {GuestIa32Bndcfgs}"),
        Line(Guest, $"Interruptibility = {GuestInterruptibilityState}  ActivityState = {GuestActivityState}"),
        Line(Guest, $"InterruptStatus = {GuestInterruptStatus}"),
        Line(Guest, $"SPEC_CTRL mask = {Ia32SpecCtrlMask}  shadow = {Ia32SpecCtrlShadow}"),
        // The function at the address, by its name.
        Line(Host, $"RIP = {HostRip} ({NoField.Words})  RSP = {HostRsp}"),
        Line(
            Host,
            $"CS={HostCsSelector} SS={HostSsSelector} DS={HostDsSelector} ES={HostEsSelector} FS={HostFsSelector} GS={HostGsSelector} TR={HostTrSelector}"
        ),
        Line(Host, $"FSBase={HostFsBase} GSBase={HostGsBase} TRBase={HostTrBase}"),
        Line(Host, $"GDTBase={HostGdtrBase} IDTBase={HostIdtrBase}"),
        Line(Host, $"CR0={HostCr0} CR3={HostCr3} CR4={HostCr4}"),
        Line(Host, $"Sysenter RSP={HostIa32SysenterEsp} CS:RIP={HostIa32SysenterCs}:{HostIa32SysenterEip}"),
        Line(Host, $"EFER = {HostIa32Efer}  PAT = {HostIa32Pat}"),
        Line(Host, $"PerfGlobCtl = {HostIa32PerfGlobalCtrl}"),
        // One line before 4.20, three since. Where nothing tells lines apart, the first two read as one.
        Line(
            Control,
            $"PinBased={PinBasedControls} CPUBased={PrimaryProcessorBasedControls} SecondaryExec={SecondaryProcessorBasedControls} TertiaryExec={TertiaryProcessorBasedControls}"
        ),
        Line(Control, $"PinBased={PinBasedControls} CPUBased={PrimaryProcessorBasedControls}"),
        Line(
            Control,
            $"PinBased={PinBasedControls} CPUBased={PrimaryProcessorBasedControls} SecondaryExec={SecondaryProcessorBasedControls}"
        ),
        Line(Control, $"SecondaryExec={SecondaryProcessorBasedControls} TertiaryExec={TertiaryProcessorBasedControls}"),
        Line(Control, $"EntryControls={VmEntryControls} ExitControls={PrimaryVmExitControls}"),
        Line(Control, $"ExceptionBitmap={ExceptionBitmap} PFECmask={PageFaultErrorCodeMask} PFECmatch={PageFaultErrorCodeMatch}"),
        Line(Control, $"VMEntry: intr_info={EntryInterruptionInformation} errcode={EntryExceptionErrorCode} ilen={EntryInstructionLength}"),
        Line(Control, $"VMExit: intr_info={ExitInterruptionInformation} errcode={ExitInterruptionErrorCode} ilen={ExitInstructionLength}"),
        Line(Control, $"reason={ExitReason} qualification={ExitQualification}"),
        Line(Control, $"IDTVectoring: info={IdtVectoringInformation} errcode={IdtVectoringErrorCode}"),
        Line(Control, $"TSC Offset = {TscOffset}  TSC Multiplier = {TscMultiplier}"),
        Line(Control, $"TPR Threshold = {TprThreshold}  PostedIntrVec = {PostedInterruptNotificationVector}"),
        Line(Control, $"EPT pointer = {EptPointer}  EPTP index = {EptpIndex}"),
        .. Kvm.Cr3Targets(DumpDialect.Xen),
        Line(Control, $"PLE Gap={PleGap} Window={PleWindow}"),
        Line(Control, $"Virtual processor ID = {VirtualProcessorIdentifier} VMfunc controls = {VmFunctionControls}"),
    ];

    private static DumpForm Line(DumpSection section, DumpFormText text) => DumpForm.Of(DumpDialect.Xen, section, text);
}
