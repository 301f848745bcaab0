using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Tool.Facts;

/// <summary>Rules of VM entry.</summary>
internal static class RuleFacts
{
    /// <summary>All of them.</summary>
    public static IEnumerable<Fact> All =>
        VmEntryChecker
            .Rules.DistinctBy(static rule => rule.Name)
            .Select(static rule => new Fact(
                "rule",
                rule.Name,
                null,
                null,
                $"rule of VM entry ({rule.Section})",
                [("source", rule.Section), ("checked with", rule.Stage.ToString()), ("if broken", Outcome(rule.Stage))]
            ));

    private static string Outcome(VmEntryStage stage) =>
        stage switch
        {
            VmEntryStage.Instruction => "VMfailValid, VM-instruction error 26",
            VmEntryStage.Controls => "VMfailValid, VM-instruction error 7",
            VmEntryStage.HostState => "VMfailValid, VM-instruction error 8",
            VmEntryStage.GuestState => "VM exit, reason 33 (0x80000021)",
            _ => "VM exit, reason 34 (0x80000022)",
        };
}
