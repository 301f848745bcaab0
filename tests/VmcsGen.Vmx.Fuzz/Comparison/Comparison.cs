using System;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A case with what was expected and what the machine did.</summary>
/// <param name="Case">The case.</param>
/// <param name="Expectation">How it should end.</param>
/// <param name="Observation">How it ended.</param>
public sealed record Comparison(FuzzCase Case, EntryExpectation Expectation, EntryObservation Observation)
{
    /// <summary>How the two go together.</summary>
    public Verdict Verdict => Expectation.Judge(Observation);

    /// <summary>All of it, to be understood and repeated.</summary>
    public string Describe(EntryTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return $"""
            {Case.Describe(target.VmcsOf(Case.Guest))}
              The machine: {Observation.Text}
              By its known deviations: {Expectation}
              The checker: {Expectation.Report}
            """;
    }
}
