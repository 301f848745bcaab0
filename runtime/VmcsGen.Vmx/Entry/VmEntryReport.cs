using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace VmcsGen.Vmx.Entry;

/// <summary>What a check of a VMCS found: every rule that VM entry would find broken, and how the processor reports that.</summary>
public sealed class VmEntryReport
{
    internal VmEntryReport(IReadOnlyList<VmEntryViolation> violations, IReadOnlyList<VmEntryUndecidedRule> undecided)
    {
        Violations = violations;
        Undecided = undecided;
        var bySdm = violations.Where(static v => v.IsBySdm).ToArray();
        PossibleOutcomes = [.. Possible(bySdm).Union(Possible([.. violations.Where(static v => v.Doubt is null || !v.IsBySdm)]))];
        Outcome = bySdm.Length == 0 ? VmEntryOutcome.Success : bySdm[0].Outcome;
    }

    /// <summary>The broken rules, in the order of the SDM: controls, host state, guest state, MSR loading.</summary>
    public IReadOnlyList<VmEntryViolation> Violations { get; }

    /// <summary>
    /// Rules that may be broken or kept, since something that they look at is not known: a field, a capability, memory. None if all is.
    /// The outcomes below are those of the rules that are known to be broken.
    /// </summary>
    public IReadOnlyList<VmEntryUndecidedRule> Undecided { get; }

    /// <summary>How the VM entry ends on a processor that checks in the order of the SDM.</summary>
    public VmEntryOutcome Outcome { get; }

    /// <summary>
    /// How the VM entry may end. There is more than one way where several rules are broken, since a processor may check controls
    /// and host state in any order, and so may it check the guest state (SDM 3C 27.2 and 27.8). MSRs are loaded in order. A violation in
    /// doubt, see <see cref="VmEntryViolation.Doubt"/>, may be found or not.
    /// </summary>
    public IReadOnlyList<VmEntryOutcome> PossibleOutcomes { get; }

    /// <summary>Whether VM entry would let the guest run, unless one of <see cref="Undecided"/> is broken.</summary>
    public bool IsValid => Violations.Count == 0;

    /// <summary>The outcome, and each broken rule with its fields and what would satisfy it.</summary>
    public override string ToString()
    {
        if (IsValid)
            return $"VM entry breaks no rule that was checked.{UndecidedText()}";
        var text = new StringBuilder().Append($"VM entry ends with {Outcome}");
        var others = PossibleOutcomes.Where(o => o != Outcome).ToArray();
        if (others.Length != 0)
            text.Append(Violations.Any(static v => v.Doubt is not null) ? " or " : " or, in another order of checks, ")
                .AppendJoin(" or ", others);
        text.Append(Violations.Count == 1 ? ". One rule is broken:" : $". {Violations.Count} rules are broken:");
        foreach (var violation in Violations)
            text.Append('\n').Append("- ").Append(violation);
        return text.Append(UndecidedText()).ToString();
    }

    private string UndecidedText()
    {
        if (Undecided.Count == 0)
            return "";
        var text = new StringBuilder(
            Undecided.Count == 1 ? "\nOne rule cannot be decided:" : $"\n{Undecided.Count} rules cannot be decided:"
        );
        foreach (var rule in Undecided)
            text.Append("\n- ").Append(rule.Rule).Append(" needs ").AppendJoin(", ", rule.Needs);
        return text.ToString();
    }

    private static VmEntryOutcome[] Possible(VmEntryViolation[] violations)
    {
        if (violations.Length == 0)
            return [VmEntryOutcome.Success];
        var first = violations[0].Rule.Stage;
        var last = first == VmEntryStage.Controls ? VmEntryStage.HostState : first;
        return violations.TakeWhile(v => v.Rule.Stage <= last).Select(static v => v.Outcome).Distinct().ToArray();
    }
}
