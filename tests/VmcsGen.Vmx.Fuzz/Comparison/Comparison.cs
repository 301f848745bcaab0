using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A case with what was expected, what the machine did, and what the software processor did.</summary>
/// <param name="Case">The case.</param>
/// <param name="Expectation">How it should end.</param>
/// <param name="Observation">How it ended.</param>
/// <param name="Likeness">What the software processor did, beside it.</param>
public sealed record Comparison(FuzzCase Case, EntryExpectation Expectation, EntryObservation Observation, Likeness Likeness)
{
    /// <summary>How checker and machine go together.</summary>
    public Verdict Verdict { get; } = Expectation.Judge(Observation);

    /// <summary>Whether machine, checker and software processor did the same.</summary>
    public bool Agrees => Verdict == Verdict.Agrees && Likeness.IsAlike;

    /// <summary>Whether nothing explains what was done.</summary>
    public bool IsUnexplained => Verdict == Verdict.Disagrees || !Likeness.IsExplained;

    /// <summary>The names of what explains it where not all did the same.</summary>
    public IReadOnlyList<string> Explanations =>
        [.. Verdict == Verdict.Deviates ? Expectation.Deviations.Select(static deviation => deviation.Name) : [], .. Likeness.Explanations];

    /// <summary>All of it, to be understood and repeated.</summary>
    public string Describe(EntryTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return $"""
            {Case.Describe(target.VmcsOf(Case.Guest))}
              The machine: {Observation.Text}
              By its known deviations: {Expectation}
              The software processor: {Likeness}
              The checker: {Expectation.Report}
            """;
    }
}
