using VmcsGen.Vmx;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Tool.Tests.Printers;

/// <summary>Lines that Linux took over from Xen.</summary>
internal static class SharedPrinter
{
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
