using System.Collections.Generic;
using VmcsGen.Vmx;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Tool.Tests.Printers;

/// <summary>Prints as dump_vmcs of a Linux does, by its format strings and conditions (arch/x86/kvm/vmx.c, vmx/vmx.c).</summary>
internal static class KvmPrinter
{
    /// <summary>The versions at which what is printed changed: 4.19, 5.13, 5.18 and 6.18.</summary>
    public static readonly int[] Versions = [419, 513, 518, 618];

    public static PrintedVmcs Print(IReadOnlyDictionary<VmcsField, ulong> vmcs, int version)
    {
        var p = new PrintedVmcs(vmcs);
        if (version >= 513)
            p.Lines.Add("VMCS 00000000deadbeef, last attempted VM-entry on CPU 12");
        p.Lines.Add("*** Guest State ***");
        SharedPrinter.GuestControlRegisters(p);
        // EPT, PAE, and no long mode.
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 1) && p.Has(GuestCr4, 5) && !p.Has(VmcsField.VmEntryControls, 9))
        {
            p.Line("PDPTR0 = 0x{0}  PDPTR1 = 0x{1}", (GuestPdpte0, 16), (GuestPdpte1, 16));
            p.Line("PDPTR2 = 0x{0}  PDPTR3 = 0x{1}", (GuestPdpte2, 16), (GuestPdpte3, 16));
        }
        p.Line("RSP = 0x{0}  RIP = 0x{1}", (GuestRsp, 16), (GuestRip, 16));
        p.Line("RFLAGS=0x{0}         DR7 = 0x{1}", (GuestRflags, 8), (GuestDr7, 16));
        p.Line("Sysenter RSP={0} CS:RIP={1}:{2}", (GuestIa32SysenterEsp, 16), (GuestIa32SysenterCs, 4), (GuestIa32SysenterEip, 16));
        foreach (
            var (name, offset) in ((string, uint)[])[("CS:  ", 2), ("DS:  ", 6), ("SS:  ", 4), ("ES:  ", 0), ("FS:  ", 8), ("GS:  ", 10)]
        )
            Selector(p, name, offset);
        Table(p, "GDTR:", GuestGdtrLimit, GuestGdtrBase);
        Selector(p, "LDTR:", 12);
        Table(p, "IDTR:", GuestIdtrLimit, GuestIdtrBase);
        Selector(p, "TR:  ", 14);
        Efer(p, version);
        p.Line("DebugCtl = 0x{0}  DebugExceptions = 0x{1}", (GuestIa32Debugctl, 16), (GuestPendingDebugExceptions, 16));
        if (p.Has(VmcsField.VmEntryControls, 13))
            p.Line("PerfGlobCtl = 0x{0}", (GuestIa32PerfGlobalCtrl, 16));
        if (p.Has(VmcsField.VmEntryControls, 16))
            p.Line("BndCfgS = 0x{0}", (GuestIa32Bndcfgs, 16));
        p.Line("Interruptibility = {0}  ActivityState = {1}", (GuestInterruptibilityState, 8), (GuestActivityState, 8));
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 9))
            p.Line("InterruptStatus = {0}", (GuestInterruptStatus, 4));
        if (version >= 618 && p.Has(VmcsField.VmEntryControls, 20))
            p.Line(
                "S_CET = 0x{0}, SSP = 0x{1}, SSP TABLE = 0x{2}",
                (GuestIa32SCet, 16),
                (GuestSsp, 16),
                (GuestIa32InterruptSspTableAddr, 16)
            );
        p.Lines.Add("*** Host State ***");
        Host(p, version);
        p.Lines.Add("*** Control State ***");
        Control(p, version);
        return p;
    }

    private static void Selector(PrintedVmcs p, string name, uint offset) =>
        p.Line(
            $"{name} sel=0x{{0}}, attr=0x{{1}}, limit=0x{{2}}, base=0x{{3}}",
            (GuestEsSelector + offset, 4),
            (GuestEsAccessRights + offset, 5),
            (GuestEsLimit + offset, 8),
            (GuestEsBase + offset, 16)
        );

    private static void Table(PrintedVmcs p, string name, VmcsField limit, VmcsField @base) =>
        p.Line($"{name}                           limit=0x{{0}}, base=0x{{1}}", (limit, 8), (@base, 16));

    private static void Efer(PrintedVmcs p, int version)
    {
        if (version < 513)
        {
            // Saved or loaded: PAT or EFER.
            if (
                (p[VmcsField.PrimaryVmExitControls] & (1 << 18 | 1 << 20)) != 0
                || (p[VmcsField.VmEntryControls] & (1 << 14 | 1 << 15)) != 0
            )
                p.Line("EFER =     0x{0}  PAT = 0x{1}", (GuestIa32Efer, 16), (GuestIa32Pat, 16));
            return;
        }
        if (p.Has(VmcsField.VmEntryControls, 15))
            p.Line("EFER= 0x{0}", (GuestIa32Efer, 16));
        else
            p.Lines.Add($"EFER= 0x0000000000000d01 ({(p.Has(GuestCr0, 0) ? "autoload" : "effective")})");
        if (p.Has(VmcsField.VmEntryControls, 14))
            p.Line("PAT = 0x{0}", (GuestIa32Pat, 16));
    }

    private static void Host(PrintedVmcs p, int version)
    {
        p.Line("RIP = 0x{0}  RSP = 0x{1}", (HostRip, 16), (HostRsp, 16));
        SharedPrinter.HostSegmentsAndRegisters(p);
        if (version < 513)
        {
            if ((p[VmcsField.PrimaryVmExitControls] & (1 << 19 | 1 << 21)) != 0)
                p.Line("EFER = 0x{0}  PAT = 0x{1}", (HostIa32Efer, 16), (HostIa32Pat, 16));
        }
        else
        {
            if (p.Has(VmcsField.PrimaryVmExitControls, 21))
                p.Line("EFER= 0x{0}", (HostIa32Efer, 16));
            if (p.Has(VmcsField.PrimaryVmExitControls, 19))
                p.Line("PAT = 0x{0}", (HostIa32Pat, 16));
        }
        if (p.Has(VmcsField.PrimaryVmExitControls, 12))
            p.Line("PerfGlobCtl = 0x{0}", (HostIa32PerfGlobalCtrl, 16));
        if (version >= 618 && p.Has(VmcsField.PrimaryVmExitControls, 28))
            p.Line("S_CET = 0x{0}, SSP = 0x{1}, SSP TABLE = 0x{2}", (HostIa32SCet, 16), (HostSsp, 16), (HostIa32InterruptSspTableAddr, 16));
    }

    private static void Control(PrintedVmcs p, int version)
    {
        if (version < 518)
        {
            p.Line(
                "PinBased={0} CPUBased={1} SecondaryExec={2}",
                (VmcsField.PinBasedControls, 8),
                (VmcsField.PrimaryProcessorBasedControls, 8),
                (VmcsField.SecondaryProcessorBasedControls, 8)
            );
            p.Line("EntryControls={0} ExitControls={1}", (VmcsField.VmEntryControls, 8), (VmcsField.PrimaryVmExitControls, 8));
        }
        else
        {
            p.Line(
                "CPUBased=0x{0} SecondaryExec=0x{1} TertiaryExec=0x{2}",
                (VmcsField.PrimaryProcessorBasedControls, 8),
                (VmcsField.SecondaryProcessorBasedControls, 8),
                (VmcsField.TertiaryProcessorBasedControls, 16)
            );
            p.Line(
                "PinBased=0x{0} EntryControls={1} ExitControls={2}",
                (VmcsField.PinBasedControls, 8),
                (VmcsField.VmEntryControls, 8),
                (VmcsField.PrimaryVmExitControls, 8)
            );
        }
        SharedPrinter.Events(p);
        p.Line("TSC Offset = 0x{0}", (TscOffset, 16));
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 25))
            p.Line("TSC Multiplier = 0x{0}", (TscMultiplier, 16));
        if (p.Has(VmcsField.PrimaryProcessorBasedControls, 21))
        {
            var status = "";
            if (p.Has(VmcsField.SecondaryProcessorBasedControls, 9))
            {
                var digits = p.Hex(GuestInterruptStatus, 4);
                status = $"SVI|RVI = {digits[..2]}|{digits[2..]} ";
            }
            p.Lines.Add($"{status}TPR Threshold = 0x{p.Hex(TprThreshold, 2)}");
            var access = p.Has(VmcsField.SecondaryProcessorBasedControls, 0) ? $"APIC-access addr = 0x{p.Hex(ApicAccessAddress, 16)} " : "";
            p.Lines.Add($"{access}virt-APIC addr = 0x{p.Hex(VirtualApicAddress, 16)}");
        }
        if (p.Has(VmcsField.PinBasedControls, 7))
            p.Line("PostedIntrVec = 0x{0}", (PostedInterruptNotificationVector, 2));
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 1))
            p.Line("EPT pointer = 0x{0}", (VmcsField.EptPointer, 16));
        if (version < 513)
            SharedPrinter.Cr3Targets(p);
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 10))
            p.Line("PLE Gap={0} Window={1}", (PleGap, 8), (PleWindow, 8));
        if (p.Has(VmcsField.SecondaryProcessorBasedControls, 5))
            p.Line("Virtual processor ID = 0x{0}", (VirtualProcessorIdentifier, 4));
    }
}
