using VmcsGen.Vmx;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Tool.Tests.Printers;

/// <summary>Lines that Linux took over from Xen.</summary>
internal static class SharedPrinter
{
    public static void GuestControlRegisters(PrintedVmcs p)
    {
        p.Line("CR0: actual=0x{0}, shadow=0x{1}, gh_mask={2}", (GuestCr0, 16), (Cr0ReadShadow, 16), (Cr0GuestHostMask, 16));
        p.Line("CR4: actual=0x{0}, shadow=0x{1}, gh_mask={2}", (GuestCr4, 16), (Cr4ReadShadow, 16), (Cr4GuestHostMask, 16));
        p.Line("CR3 = 0x{0}", (GuestCr3, 16));
    }

    public static void HostSegmentsAndRegisters(PrintedVmcs p)
    {
        p.Line(
            "CS={0} SS={1} DS={2} ES={3} FS={4} GS={5} TR={6}",
            (HostCsSelector, 4),
            (HostSsSelector, 4),
            (HostDsSelector, 4),
            (HostEsSelector, 4),
            (HostFsSelector, 4),
            (HostGsSelector, 4),
            (HostTrSelector, 4)
        );
        p.Line("FSBase={0} GSBase={1} TRBase={2}", (HostFsBase, 16), (HostGsBase, 16), (HostTrBase, 16));
        p.Line("GDTBase={0} IDTBase={1}", (HostGdtrBase, 16), (HostIdtrBase, 16));
        p.Line("CR0={0} CR3={1} CR4={2}", (HostCr0, 16), (HostCr3, 16), (HostCr4, 16));
        p.Line("Sysenter RSP={0} CS:RIP={1}:{2}", (HostIa32SysenterEsp, 16), (HostIa32SysenterCs, 4), (HostIa32SysenterEip, 16));
    }

    public static void Events(PrintedVmcs p)
    {
        p.Line(
            "ExceptionBitmap={0} PFECmask={1} PFECmatch={2}",
            (ExceptionBitmap, 8),
            (PageFaultErrorCodeMask, 8),
            (PageFaultErrorCodeMatch, 8)
        );
        p.Line(
            "VMEntry: intr_info={0} errcode={1} ilen={2}",
            (VmcsField.EntryInterruptionInformation, 8),
            (EntryExceptionErrorCode, 8),
            (EntryInstructionLength, 8)
        );
        p.Line(
            "VMExit: intr_info={0} errcode={1} ilen={2}",
            (VmcsField.ExitInterruptionInformation, 8),
            (ExitInterruptionErrorCode, 8),
            (ExitInstructionLength, 8)
        );
        p.Line("        reason={0} qualification={1}", (VmcsField.ExitReason, 8), (ExitQualification, 16));
        p.Line("IDTVectoring: info={0} errcode={1}", (VmcsField.IdtVectoringInformation, 8), (IdtVectoringErrorCode, 8));
    }

    // How many there are is a field that is not printed.
    public static void Cr3Targets(PrintedVmcs p)
    {
        var count = p[Cr3TargetCount];
        if (count >= 2)
            p.Line("CR3 target0={0} target1={1}", (Cr3TargetValue0, 16), (Cr3TargetValue1, 16));
        if (count == 4)
            p.Line("CR3 target2={0} target3={1}", (Cr3TargetValue2, 16), (Cr3TargetValue3, 16));
        if (count is 1)
            p.Line("CR3 target0={0}", (Cr3TargetValue0, 16));
        if (count is 3)
            p.Line("CR3 target2={0}", (Cr3TargetValue2, 16));
    }
}
