using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Vmx.Entry;

/// <summary>A rule of VM entry that a VMCS breaks.</summary>
public sealed class VmEntryViolation
{
    internal VmEntryViolation(
        VmEntryRule rule,
        IReadOnlyList<VmEntryFieldValue> fields,
        string finding,
        string remedy,
        VmEntryOutcome outcome
    )
    {
        Rule = rule;
        Fields = fields;
        Finding = finding;
        Remedy = remedy;
        Outcome = outcome;
    }

    /// <summary>The rule.</summary>
    public VmEntryRule Rule { get; }

    /// <summary>The fields that the rule compares, with their values.</summary>
    public IReadOnlyList<VmEntryFieldValue> Fields { get; }

    /// <summary>What was found and what was expected.</summary>
    public string Finding { get; }

    /// <summary>What would satisfy the rule.</summary>
    public string Remedy { get; }

    /// <summary>What the processor reports if it finds this violation first.</summary>
    public VmEntryOutcome Outcome { get; }

    /// <summary>
    /// Why a processor may find this violation or not, where the SDM and what implements it differ; null otherwise. The outcomes of both
    /// are in <see cref="VmEntryReport.PossibleOutcomes"/>.
    /// </summary>
    public string? Doubt { get; internal init; }

    /// <summary>Whether the rule is broken by the SDM; else by others alone.</summary>
    internal bool IsBySdm { get; init; } = true;

    /// <summary>The rule, what was found, the fields, the remedy, and a doubt if there is one, on lines of their own.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(Rule).Append(": ").Append(Finding);
        foreach (var field in Fields)
            text.Append("\n    ").Append(field);
        text.Append("\n    To satisfy it: ").Append(Remedy);
        if (Doubt is not null)
            text.Append("\n    In doubt: ").Append(Doubt);
        return text.ToString();
    }
}
