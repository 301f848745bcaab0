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
        .. SharedLines.Of(DumpDialect.Xen),
        Line(Guest, $"PDPTE0 = {GuestPdpte0}  PDPTE1 = {GuestPdpte1}"),
        Line(Guest, $"PDPTE2 = {GuestPdpte2}  PDPTE3 = {GuestPdpte3}"),
        // In parentheses is what the guest has at the moment, which is not in the VMCS yet.
        Line(Guest, $"RSP = {GuestRsp} ({NoField.Number})  RIP = {GuestRip} ({NoField.Number})"),
        Line(Guest, $"RFLAGS={GuestRflags} ({NoField.Number})  DR7 = {GuestDr7}"),
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
        Line(Guest, $"EFER(VMCS) = {GuestIa32Efer}  PAT = {GuestIa32Pat}"),
        Line(Guest, $"EFER(MSR LL) = {NoField.Number}  PAT = {GuestIa32Pat}"),
        Line(Guest, $"PreemptionTimer = {VmxPreemptionTimerValue}  SM Base = {GuestSmbase}"),
        Line(Guest, $"PerfGlobCtl = {GuestIa32PerfGlobalCtrl}  BndCfgS = {GuestIa32Bndcfgs}"),
        Line(Guest, $"SPEC_CTRL mask = {Ia32SpecCtrlMask}  shadow = {Ia32SpecCtrlShadow}"),
        // The function at the address, by its name.
        Line(Host, $"RIP = {HostRip} ({NoField.Words})  RSP = {HostRsp}"),
        // One line before 4.20, three since. Where nothing tells lines apart, the first two read as one.
        Line(
            Control,
            $"PinBased={PinBasedControls} CPUBased={PrimaryProcessorBasedControls} SecondaryExec={SecondaryProcessorBasedControls} TertiaryExec={TertiaryProcessorBasedControls}"
        ),
        Line(Control, $"PinBased={PinBasedControls} CPUBased={PrimaryProcessorBasedControls}"),
        Line(Control, $"SecondaryExec={SecondaryProcessorBasedControls} TertiaryExec={TertiaryProcessorBasedControls}"),
        Line(Control, $"TSC Offset = {TscOffset}  TSC Multiplier = {TscMultiplier}"),
        Line(Control, $"TPR Threshold = {TprThreshold}  PostedIntrVec = {PostedInterruptNotificationVector}"),
        Line(Control, $"EPT pointer = {EptPointer}  EPTP index = {EptpIndex}"),
        Line(Control, $"Virtual processor ID = {VirtualProcessorIdentifier} VMfunc controls = {VmFunctionControls}"),
    ];

    private static DumpForm Line(DumpSection section, DumpFormText text) => DumpForm.Of(DumpDialect.Xen, section, text);
}
