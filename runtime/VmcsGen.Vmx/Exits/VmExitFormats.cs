using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx;

/// <summary>
/// The one table of what belongs to which exit reason: the format of the exit qualification, the format of the instruction
/// information, and whether the VM exit is due to the execution of an instruction, whose length is then known.
/// </summary>
internal static class VmExitFormats
{
    /// <summary>Page fault.</summary>
    internal const uint PageFault = 14;

    /// <summary>Debug exception.</summary>
    internal const uint Debug = 1;

    /// <summary>What a VM exit holds besides its reason.</summary>
    internal readonly record struct Row(
        bool IsInstruction,
        ExitQualificationFormat Qualification = ExitQualificationFormat.None,
        InstructionInformationFormat InstructionInformation = InstructionInformationFormat.None
    );

    // SDM 3C 28.2.1 and 28.2.5. Reasons that are missing are not instructions and hold nothing more.
    internal static Row Of(BasicExitReason reason) =>
        reason switch
        {
            BasicExitReason.StartupIpi => new(false, ExitQualificationFormat.StartupIpi),
            BasicExitReason.IoSmi => new(false, ExitQualificationFormat.IoInstruction),
            BasicExitReason.TaskSwitch => new(false, ExitQualificationFormat.TaskSwitch),
            BasicExitReason.Invlpg => new(true, ExitQualificationFormat.InvlpgAddress),
            BasicExitReason.Vmclear
            or BasicExitReason.Vmptrld
            or BasicExitReason.Vmptrst
            or BasicExitReason.Vmxon
            or BasicExitReason.Xsaves
            or BasicExitReason.Xrstors => new(true, ExitQualificationFormat.Displacement, InstructionInformationFormat.Vmx),
            BasicExitReason.Vmread or BasicExitReason.Vmwrite => new(
                true,
                ExitQualificationFormat.Displacement,
                InstructionInformationFormat.VmreadVmwrite
            ),
            BasicExitReason.CrAccess => new(true, ExitQualificationFormat.CrAccess),
            BasicExitReason.MovDr => new(true, ExitQualificationFormat.DrAccess),
            BasicExitReason.IoInstruction => new(true, ExitQualificationFormat.IoInstruction, InstructionInformationFormat.InsOuts),
            BasicExitReason.Wrmsr => new(true, ExitQualificationFormat.Wrmsr),
            BasicExitReason.EntryFailureInvalidGuestState => new(false, ExitQualificationFormat.EntryFailure),
            BasicExitReason.EntryFailureMsrLoading => new(false, ExitQualificationFormat.EntryFailureMsr),
            BasicExitReason.Mwait => new(true, ExitQualificationFormat.Mwait),
            BasicExitReason.ApicAccess => new(false, ExitQualificationFormat.ApicAccess),
            BasicExitReason.VirtualizedEoi => new(false, ExitQualificationFormat.VirtualizedEoi),
            BasicExitReason.GdtrIdtrAccess => new(true, ExitQualificationFormat.Displacement, InstructionInformationFormat.GdtrIdtr),
            BasicExitReason.LdtrTrAccess => new(true, ExitQualificationFormat.Displacement, InstructionInformationFormat.LdtrTr),
            BasicExitReason.EptViolation => new(false, ExitQualificationFormat.EptViolation),
            BasicExitReason.Invept or BasicExitReason.Invvpid or BasicExitReason.Invpcid => new(
                true,
                ExitQualificationFormat.Displacement,
                InstructionInformationFormat.Invalidation
            ),
            BasicExitReason.ApicWrite => new(false, ExitQualificationFormat.ApicWrite),
            BasicExitReason.Rdrand or BasicExitReason.Rdseed or BasicExitReason.Umwait or BasicExitReason.Tpause => new(
                true,
                ExitQualificationFormat.None,
                InstructionInformationFormat.RdrandRdseed
            ),
            BasicExitReason.PageModificationLogFull => new(false, ExitQualificationFormat.PageModificationLogFull),
            BasicExitReason.SppRelatedEvent => new(false, ExitQualificationFormat.SppRelatedEvent),
            BasicExitReason.InstructionTimeout => new(false, ExitQualificationFormat.InstructionTimeout),
            BasicExitReason.Rdmsrlist or BasicExitReason.Wrmsrlist => new(true, ExitQualificationFormat.MsrIndex),
            BasicExitReason.RdmsrImmediate or BasicExitReason.WrmsrnsImmediate => new(
                true,
                ExitQualificationFormat.MsrIndex,
                InstructionInformationFormat.MsrImmediate
            ),
            BasicExitReason.Cpuid
            or BasicExitReason.Getsec
            or BasicExitReason.Hlt
            or BasicExitReason.Invd
            or BasicExitReason.Rdpmc
            or BasicExitReason.Rdtsc
            or BasicExitReason.Rsm
            or BasicExitReason.Vmcall
            or BasicExitReason.Vmlaunch
            or BasicExitReason.Vmresume
            or BasicExitReason.Vmxoff
            or BasicExitReason.Rdmsr
            or BasicExitReason.Monitor
            or BasicExitReason.Pause
            or BasicExitReason.Rdtscp
            or BasicExitReason.Wbinvd
            or BasicExitReason.Xsetbv
            or BasicExitReason.Vmfunc
            or BasicExitReason.Encls
            or BasicExitReason.Pconfig
            or BasicExitReason.Loadiwkey
            or BasicExitReason.Enclv
            or BasicExitReason.EnqcmdPasidTranslationFailure
            or BasicExitReason.EnqcmdsPasidTranslationFailure
            or BasicExitReason.Seamcall
            or BasicExitReason.Tdcall
            or BasicExitReason.Urdmsr
            or BasicExitReason.Uwrmsr => new(true),
            _ => default,
        };

    internal static ExitQualificationFormat QualificationOf(in VmExit exit)
    {
        if (exit.BasicReason != BasicExitReason.ExceptionOrNmi)
            return Of(exit.BasicReason).Qualification;
        if (exit.IsException(Debug))
            return ExitQualificationFormat.DebugException;
        return exit.IsException(PageFault) ? ExitQualificationFormat.PageFaultAddress : ExitQualificationFormat.None;
    }

    internal static InstructionInformationFormat InstructionInformationOf(in VmExit exit)
    {
        var format = Of(exit.BasicReason).InstructionInformation;
        // IN and OUT have no instruction information, only their string forms do.
        return format == InstructionInformationFormat.InsOuts && !exit.IoInstruction.StringInstruction
            ? InstructionInformationFormat.None
            : format;
    }

    /// <summary>The exit reasons with a format, for messages.</summary>
    internal static string ReasonsWith(ExitQualificationFormat format) =>
        format switch
        {
            ExitQualificationFormat.DebugException => "ExceptionOrNmi with a debug exception (vector 1)",
            ExitQualificationFormat.PageFaultAddress => "ExceptionOrNmi with a page fault (vector 14)",
            _ => Join(row => row.Qualification == format),
        };

    /// <summary>The exit reasons with a format, for messages.</summary>
    internal static string ReasonsWith(InstructionInformationFormat format) =>
        format == InstructionInformationFormat.InsOuts
            ? "IoInstruction with a string instruction"
            : Join(row => row.InstructionInformation == format);

    /// <summary>The exit reasons with a memory operand, for messages.</summary>
    internal static string ReasonsWithMemoryOperand => Join(row => row.Qualification == ExitQualificationFormat.Displacement);

    private static string Join(Func<Row, bool> predicate)
    {
        var names = new List<string>();
        foreach (var reason in Enum.GetValues<BasicExitReason>())
        {
            if (predicate(Of(reason)))
                names.Add(reason.ToString());
        }
        return names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names.GetRange(0, names.Count - 1))} or {names[^1]}";
    }
}
