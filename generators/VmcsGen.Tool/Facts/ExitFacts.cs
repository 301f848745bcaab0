using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Facts;

/// <summary>Basic exit reasons.</summary>
internal static class ExitFacts
{
    /// <summary>All of them.</summary>
    public static IEnumerable<Fact> All => Enum.GetValues<BasicExitReason>().Select(Of);

    private static Fact Of(BasicExitReason reason)
    {
        var exit = new VmExit { Reason = new ExitReason { BasicReason = reason } };
        var details = new List<(string, string)>
        {
            ("exit qualification", exit.QualificationFormat.ToString()),
            ("instruction information", exit.InstructionInformationFormat.ToString()),
        };
        if (BasicExitReasonTexts.MeaningOf(reason) is { } meaning)
            details.Insert(0, ("meaning", meaning));
        return new(
            "exit",
            reason.ToString(),
            BasicExitReasonTexts.NativeNameOf(reason),
            (uint)reason,
            $"exit reason {(uint)reason}",
            details
        );
    }
}
