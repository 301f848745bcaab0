using System.Collections.Generic;
using VmcsGen.Vmx;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Tool.Tests.Printers;

/// <summary>Prints as vmcs_dump_vcpu of Xen does, by its format strings and conditions (xen/arch/x86/hvm/vmx/vmcs.c).</summary>
internal static class XenPrinter
{
    public static PrintedVmcs Print(IReadOnlyDictionary<VmcsField, ulong> vmcs, bool hasTertiary)
    {
        var p = new PrintedVmcs(vmcs);
        p.Lines.Add("************* VMCS Area **************");
        p.Lines.Add("*** Guest State ***");
        SharedPrinter.GuestControlRegisters(p);
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 1) && p.Has(GuestCr4, 5) && !p.Has(VmcsField.VmEntryControls, 9))
        {
            p.Line("PDPTE0 = 0x{0}  PDPTE1 = 0x{1}", (GuestPdpte0, 16), (GuestPdpte1, 16));
            p.Line("PDPTE2 = 0x{0}  PDPTE3 = 0x{1}", (GuestPdpte2, 16), (GuestPdpte3, 16));
        }
        p.Line("RSP = 0x{0} (0x00000000c0ffee00)  RIP = 0x{1} (0x0000000000209998)", (GuestRsp, 16), (GuestRip, 16));
        p.Line("RFLAGS=0x{0} (0x00000297)  DR7 = 0x{1}", (GuestRflags, 8), (GuestDr7, 16));
        p.Line("Sysenter RSP={0} CS:RIP={1}:{2}", (GuestIa32SysenterEsp, 16), (GuestIa32SysenterCs, 4), (GuestIa32SysenterEip, 16));
        p.Lines.Add("       sel  attr  limit   base");
        foreach (var (name, offset) in ((string, uint)[])[("  CS", 2), ("  DS", 6), ("  SS", 4), ("  ES", 0), ("  FS", 8), ("  GS", 10)])
            Selector(p, name, offset);
        p.Line("GDTR:            {0} {1}", (GuestGdtrLimit, 8), (GuestGdtrBase, 16));
        Selector(p, "LDTR", 12);
        p.Line("IDTR:            {0} {1}", (GuestIdtrLimit, 8), (GuestIdtrBase, 16));
        Selector(p, "  TR", 14);
        if (p.Has(VmcsField.VmEntryControls, 15))
            p.Line("EFER(VMCS) = 0x{0}  PAT = 0x{1}", (GuestIa32Efer, 16), (GuestIa32Pat, 16));
        else
            p.Line("EFER(MSR LL) = 0x0000000000000d01  PAT = 0x{0}", (GuestIa32Pat, 16));
        p.Line("PreemptionTimer = 0x{0}  SM Base = 0x{1}", (VmxPreemptionTimerValue, 8), (GuestSmbase, 8));
        p.Line("DebugCtl = 0x{0}  DebugExceptions = 0x{1}", (GuestIa32Debugctl, 16), (GuestPendingDebugExceptions, 16));
        if (p.Has(VmcsField.VmEntryControls, 13) || p.Has(VmcsField.VmEntryControls, 16))
            p.Line("PerfGlobCtl = 0x{0}  BndCfgS = 0x{1}", (GuestIa32PerfGlobalCtrl, 16), (GuestIa32Bndcfgs, 16));
        p.Line("Interruptibility = {0}  ActivityState = {1}", (GuestInterruptibilityState, 8), (GuestActivityState, 8));
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 9))
            p.Line("InterruptStatus = {0}", (GuestInterruptStatus, 4));
        p.Lines.Add("*** Host State ***");
        Host(p);
        p.Lines.Add("*** Control State ***");
        Control(p, hasTertiary);
        return p;
    }

    private static void Selector(PrintedVmcs p, string name, uint offset) =>
        p.Line(
            $"{name}: {{0}} {{1}} {{2}} {{3}}",
            (GuestEsSelector + offset, 4),
            (GuestEsAccessRights + offset, 5),
            (GuestEsLimit + offset, 8),
            (GuestEsBase + offset, 16)
        );

    private static void Host(PrintedVmcs p)
    {
        p.Line("RIP = 0x{0} (vmx_asm_vmexit_handler)  RSP = 0x{1}", (HostRip, 16), (HostRsp, 16));
        SharedPrinter.HostSegmentsAndRegisters(p);
        if (p.Has(VmcsField.PrimaryVmExitControls, 19) || p.Has(VmcsField.PrimaryVmExitControls, 21))
            p.Line("EFER = 0x{0}  PAT = 0x{1}", (HostIa32Efer, 16), (HostIa32Pat, 16));
        if (p.Has(VmcsField.PrimaryVmExitControls, 12))
            p.Line("PerfGlobCtl = 0x{0}", (HostIa32PerfGlobalCtrl, 16));
    }

    private static void Control(PrintedVmcs p, bool hasTertiary)
    {
        var primary = (VmcsField.PrimaryProcessorBasedControls, 8);
        if (hasTertiary)
        {
            p.Line("PinBased={0} CPUBased={1}", (VmcsField.PinBasedControls, 8), primary);
            p.Line(
                "SecondaryExec={0} TertiaryExec={1}",
                (VmcsField.SecondaryProcessorBasedControls, 8),
                (VmcsField.TertiaryProcessorBasedControls, 16)
            );
        }
        else
        {
            p.Line(
                "PinBased={0} CPUBased={1} SecondaryExec={2}",
                (VmcsField.PinBasedControls, 8),
                primary,
                (VmcsField.SecondaryProcessorBasedControls, 8)
            );
        }
        p.Line("EntryControls={0} ExitControls={1}", (VmcsField.VmEntryControls, 8), (VmcsField.PrimaryVmExitControls, 8));
        SharedPrinter.Events(p);
        p.Line("TSC Offset = 0x{0}  TSC Multiplier = 0x{1}", (TscOffset, 16), (TscMultiplier, 16));
        if (p.Has(VmcsField.PrimaryProcessorBasedControls, 21) || p.Has(VmcsField.PinBasedControls, 7))
            p.Line("TPR Threshold = 0x{0}  PostedIntrVec = 0x{1}", (TprThreshold, 2), (PostedInterruptNotificationVector, 2));
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 1))
            p.Line("EPT pointer = 0x{0}  EPTP index = 0x{1}", (VmcsField.EptPointer, 16), (EptpIndex, 4));
        SharedPrinter.Cr3Targets(p);
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 10))
            p.Line("PLE Gap={0} Window={1}", (PleGap, 8), (PleWindow, 8));
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 5) || p.Has(VmcsField.SecondaryProcessorBasedControls, 13))
            p.Line(
                "Virtual processor ID = 0x{0} VMfunc controls = {1}",
                (VirtualProcessorIdentifier, 4),
                (VmcsField.VmFunctionControls, 16)
            );
    }
}
