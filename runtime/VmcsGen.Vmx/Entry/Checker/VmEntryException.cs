namespace VmcsGen.Vmx.Entry;

/// <summary>
/// A VM entry failed because of what is in the VMCS. Says which rules the VMCS breaks, with the fields and what would satisfy them.
/// </summary>
public sealed class VmEntryException : VmxException
{
    /// <summary>Describes a failed VM entry.</summary>
    /// <param name="operation">The instruction.</param>
    /// <param name="outcome">How the processor reported the failure.</param>
    /// <param name="diagnosis">What a check of the VMCS found.</param>
    public VmEntryException(string operation, VmEntryOutcome outcome, VmEntryReport diagnosis)
        : base(Describe(operation, outcome, diagnosis), operation, outcome.Result)
    {
        Outcome = outcome;
        Diagnosis = diagnosis;
    }

    /// <summary>How the processor reported the failure.</summary>
    public VmEntryOutcome Outcome { get; }

    /// <summary>What a check of the VMCS found.</summary>
    public VmEntryReport Diagnosis { get; }

    private static string Describe(string operation, VmEntryOutcome outcome, VmEntryReport diagnosis) =>
        $"{operation} failed: {outcome}. "
        + (
            diagnosis.IsValid
                ? $"None of the {VmEntryChecker.Rules.Count} rules that were checked is broken: the processor has one of its own."
                : $"By the rules of the SDM:\n{diagnosis}"
        );
}
