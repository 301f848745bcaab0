namespace VmcsGen.Vmx.Fuzz;

/// <summary>Where the SDM lets processors differ.</summary>
/// <param name="Name">What they do.</param>
/// <param name="Sdm">What the SDM says, and where.</param>
public sealed record EntryFreedom(string Name, string Sdm)
{
    /// <summary>More than one rule is broken, and another one is reported.</summary>
    public static EntryFreedom OrderOfChecks { get; } =
        new(
            "of several broken rules another one is reported",
            "SDM 3C 27.2: the checks on controls and on the host state may be made in any order; so may those on the guest state (27.3.1)."
        );
}
