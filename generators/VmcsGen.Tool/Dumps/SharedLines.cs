using System.Collections.Generic;
using static VmcsGen.Tool.Dumps.DumpSection;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Tool.Dumps;

/// <summary>Lines that KVM and Xen print alike: Linux took them over from Xen.</summary>
internal static class SharedLines
{
    /// <summary>The lines, of one of the two.</summary>
    public static IEnumerable<DumpForm> Of(DumpDialect dialect)
    {
        return
        [
            Line(Guest, $"*** Guest State ***") with
            {
                BeginsDump = true,
            },
            Line(Host, $"*** Host State ***"),
            Line(Control, $"*** Control State ***"),
            Line(Guest, $"CR0: actual={GuestCr0}, shadow={Cr0ReadShadow}, gh_mask={Cr0GuestHostMask}"),
            Line(Guest, $"CR4: actual={GuestCr4}, shadow={Cr4ReadShadow}, gh_mask={Cr4GuestHostMask}"),
            Line(Guest, $"CR3 = {GuestCr3}"),
            Line(Guest, $"Sysenter RSP={GuestIa32SysenterEsp} CS:RIP={GuestIa32SysenterCs}:{GuestIa32SysenterEip}"),
            Line(Guest, $"EFER = {GuestIa32Efer}  PAT = {GuestIa32Pat}"),
            Line(Guest, $"DebugCtl = {GuestIa32Debugctl}  DebugExceptions = {GuestPendingDebugExceptions}"),
            Line(Guest, $"Interruptibility = {GuestInterruptibilityState}  ActivityState = {GuestActivityState}"),
            Line(Guest, $"InterruptStatus = {GuestInterruptStatus}"),
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
            Line(
                Control,
                $"PinBased={PinBasedControls} CPUBased={PrimaryProcessorBasedControls} SecondaryExec={SecondaryProcessorBasedControls}"
            ),
            Line(Control, $"EntryControls={VmEntryControls} ExitControls={PrimaryVmExitControls}"),
            Line(Control, $"ExceptionBitmap={ExceptionBitmap} PFECmask={PageFaultErrorCodeMask} PFECmatch={PageFaultErrorCodeMatch}"),
            Line(
                Control,
                $"VMEntry: intr_info={EntryInterruptionInformation} errcode={EntryExceptionErrorCode} ilen={EntryInstructionLength}"
            ),
            Line(
                Control,
                $"VMExit: intr_info={ExitInterruptionInformation} errcode={ExitInterruptionErrorCode} ilen={ExitInstructionLength}"
            ),
            Line(Control, $"reason={ExitReason} qualification={ExitQualification}"),
            Line(Control, $"IDTVectoring: info={IdtVectoringInformation} errcode={IdtVectoringErrorCode}"),
            Line(Control, $"PLE Gap={PleGap} Window={PleWindow}"),
            // How many there are is a field that is not printed.
            Line(Control, $"CR3 target0={Cr3TargetValue0} target1={Cr3TargetValue1}"),
            Line(Control, $"CR3 target2={Cr3TargetValue2} target3={Cr3TargetValue3}"),
            Line(Control, $"CR3 target0={Cr3TargetValue0}"),
            Line(Control, $"CR3 target2={Cr3TargetValue2}"),
        ];

        DumpForm Line(DumpSection section, DumpFormText text) => DumpForm.Of(dialect, section, text);
    }
}
