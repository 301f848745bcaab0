using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A case with what the checker says and what the machine did.</summary>
/// <param name="Case">The case.</param>
/// <param name="Report">What the checker says.</param>
/// <param name="Observation">What the machine did.</param>
/// <param name="Verdict">How the two go together.</param>
/// <param name="Deviations">The deviations that the machine has on the case, whether they show or not.</param>
/// <param name="Expected">How the VM entry ends with these deviations, in words.</param>
public sealed record Comparison(
    FuzzCase Case, VmEntryReport Report, EntryObservation Observation, Verdict Verdict, IReadOnlyList<Deviation> Deviations, string Expected)
{
    /// <summary>Compares.</summary>
    /// <param name="target">The processor.</param>
    /// <param name="one">The case.</param>
    /// <param name="report">What the checker says.</param>
    /// <param name="observation">What the machine did.</param>
    /// <param name="known">How the machine deviates from the SDM.</param>
    public static Comparison Of(
        EntryTarget target, FuzzCase one, VmEntryReport report, EntryObservation observation, IEnumerable<Deviation> known)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(observation);
        ArgumentNullException.ThrowIfNull(known);
        var entry = new DeviatingEntry(target.VmcsOf(one, observation.Held), target.Rig.Capabilities, report);
        var deviations = new List<Deviation>();
        foreach (var deviation in known)
        {
            entry.IsChanged = false;
            deviation.Change(entry);
            if (entry.IsChanged)
                deviations.Add(deviation);
        }
        var possible = EntryFinding.Possible(entry.Findings);
        var givesUp = entry.Panics && possible.Contains(VmEntryOutcome.Success);
        var isExpected = givesUp ? observation.End == EntryEnd.Broken : possible.Any(observation.Is);
        var agrees = report.PossibleOutcomes.Any(observation.Is);
        return new(
            one, report, observation, !isExpected ? Verdict.Disagrees : agrees ? Verdict.Agrees : Verdict.Deviates, deviations,
            givesUp ? "a panic" : string.Join(" or ", possible));
    }

    /// <summary>All of it, to be understood and repeated.</summary>
    public string Describe(EntryTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var text = $"{Case.Describe(target.VmcsOf(Case.Guest))}\n  The machine: {Observation.Text}.\n  By its known deviations: {Expected}.";
        if (Deviations.Count != 0)
            text += $" ({string.Join("; ", Deviations.Select(static d => d.Name))})";
        return $"{text}\n  The checker: {Report}";
    }
}
