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
            .Select(static rule => new Fact("rule", rule.Name, null, null, $"rule of VM entry ({rule.Section})", () => Describe(rule))
            {
                Group = rule.Section,
            });

    private static IEnumerable<(string, string)> Describe(VmEntryRule rule)
    {
        if (FieldFacts.NameIn(rule.Name) is { } field)
            yield return ("field", field);
        yield return ("source", rule.Section);
        yield return ("checked with", rule.Stage.ToString());
        yield return ("if broken", Outcome(rule.Stage));
    }

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
