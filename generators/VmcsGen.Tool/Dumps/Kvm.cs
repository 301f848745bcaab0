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
        .. SharedLines.Of(DumpDialect.Kvm),
        Line(Guest, $"PDPTR0 = {GuestPdpte0}  PDPTR1 = {GuestPdpte1}"),
        Line(Guest, $"PDPTR2 = {GuestPdpte2}  PDPTR3 = {GuestPdpte3}"),
        Line(Guest, $"RSP = {GuestRsp}  RIP = {GuestRip}"),
        Line(Guest, $"RFLAGS={GuestRflags}         DR7 = {GuestDr7}"),
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
        // Since 5.13 by themselves, and the EFER of other sources is marked as such: it is no field's value.
        Line(Guest, $"EFER= {GuestIa32Efer}"),
        Line(Guest, $"EFER= {NoField.Number} (autoload)"),
        Line(Guest, $"EFER= {NoField.Number} (effective)"),
        Line(Guest, $"PAT = {GuestIa32Pat}"),
        Line(Guest, $"PerfGlobCtl = {GuestIa32PerfGlobalCtrl}"),
        Line(Guest, $"BndCfgS = {GuestIa32Bndcfgs}"),
        .. Cet(),
        // Since 5.13, where an area has entries.
        Line(Guest, $"MSR guest autoload:") with
        {
            List = MsrList.EntryLoad,
        },
        Line(Guest, $"MSR guest autostore:") with
        {
            List = MsrList.Other,
        },
        // Newer kernels leave out the word.
        Line(Guest, $"MSR autostore:") with
        {
            List = MsrList.Other,
        },
        Line(Host, $"MSR host autoload:") with
        {
            List = MsrList.Other,
        },
        Line(Guest, $"msr={NoField.Number} value={NoField.Number}") with
        {
            List = MsrList.Entry,
        },
        Line(Host, $"msr={NoField.Number} value={NoField.Number}") with
        {
            List = MsrList.Entry,
        },
        Line(Host, $"RIP = {HostRip}  RSP = {HostRsp}"),
        Line(Host, $"EFER= {HostIa32Efer}"),
        Line(Host, $"PAT = {HostIa32Pat}"),
        // Since 5.18 in another order, with the tertiary controls.
        Line(
            Control,
            $"CPUBased={PrimaryProcessorBasedControls} SecondaryExec={SecondaryProcessorBasedControls} TertiaryExec={TertiaryProcessorBasedControls}"
        ),
        Line(Control, $"PinBased={PinBasedControls} EntryControls={VmEntryControls} ExitControls={PrimaryVmExitControls}"),
        Line(Control, $"TSC Offset = {TscOffset}"),
        Line(Control, $"TSC Multiplier = {TscMultiplier}"),
        Line(Control, $"SVI|RVI = {new FieldPart(GuestInterruptStatus, 8, 8)}|{new FieldPart(GuestInterruptStatus, 0, 8)}"),
        Line(Control, $"TPR Threshold = {TprThreshold}"),
        Line(Control, $"APIC-access addr = {ApicAccessAddress}"),
        Line(Control, $"virt-APIC addr = {VirtualApicAddress}"),
        Line(Control, $"PostedIntrVec = {PostedInterruptNotificationVector}"),
        Line(Control, $"EPT pointer = {EptPointer}"),
        Line(Control, $"Virtual processor ID = {VirtualProcessorIdentifier}"),
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
