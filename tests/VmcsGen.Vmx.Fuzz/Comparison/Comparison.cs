using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A case with what was expected, what the machine did, and what the software processor did.</summary>
/// <param name="Case">The case.</param>
/// <param name="Expectation">How it should end.</param>
/// <param name="Observation">How it ended.</param>
/// <param name="Software">How it ended on the software processor, if it was tried there.</param>
public sealed record Comparison(FuzzCase Case, EntryExpectation Expectation, EntryObservation Observation, EntryObservation? Software = null)
{
    /// <summary>How checker and machine go together.</summary>
    public Verdict Verdict => Expectation.Judge(Observation);

    /// <summary>How software processor and machine go together.</summary>
    public Likeness Likeness => Software is null || (IsOutcomeAlike && EffectDifferences.Count == 0) ? Likeness.Alike
        : IsDifferenceExplained ? Likeness.Explained : Likeness.Unexplained;

    /// <summary>Whether all did the same.</summary>
    public bool Agrees => Verdict == Verdict.Agrees && Likeness == Likeness.Alike;

    /// <summary>Whether nothing explains what was done.</summary>
    public bool IsUnexplained => Verdict == Verdict.Disagrees || Likeness == Likeness.Unexplained;

    /// <summary>What explains it where not all did the same.</summary>
    public IReadOnlyList<string> Explanations
    {
        get
        {
            var names = new List<string>();
            if (Verdict == Verdict.Deviates)
                names.AddRange(Expectation.Deviations.Select(static deviation => deviation.Name));
            if (Likeness == Likeness.Explained && Verdict == Verdict.Agrees && !IsOutcomeAlike)
                names.Add(EntryFreedom.OrderOfChecks.Name);
            return names;
        }
    }

    /// <summary>What the two wrote differently, where they ended alike.</summary>
    public IReadOnlyList<string> EffectDifferences =>
        Software is { End: EntryEnd.Answered } && Observation.End == EntryEnd.Answered && Software.Outcome == Observation.Outcome
            ? Observation.Effects.DifferencesFrom(Software.Effects) : [];

    private bool IsOutcomeAlike => Observation.End == EntryEnd.Answered && Software!.End == EntryEnd.Answered
        ? Observation.Outcome == Software.Outcome
        : Observation.Is(VmEntryOutcome.Success) && Software!.Is(VmEntryOutcome.Success);

    // The software processor has no deviations: only the machine's, or what the SDM leaves open, make a difference.
    private bool IsDifferenceExplained => Expectation.Report.PossibleOutcomes.Any(Software!.Is) && !IsOutcomeAlike
        && (Verdict == Verdict.Deviates || (Verdict == Verdict.Agrees && Expectation.Report.PossibleOutcomes.Count > 1));

    /// <summary>All of it, to be understood and repeated.</summary>
    public string Describe(EntryTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return $"""
            {Case.Describe(target.VmcsOf(Case.Guest))}
              The machine: {Observation.Text}; {Observation.Effects}
              The software processor: {Software?.Text}; {Software?.Effects}
              Written differently: {string.Join(", ", EffectDifferences)}
              By the machine's known deviations: {Expectation}
              The checker: {Expectation.Report}
            """;
    }
}
