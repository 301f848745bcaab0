namespace VmcsGen.Vmx.Fuzz;

/// <summary>How checker and machine go together.</summary>
public enum Verdict
{
    /// <summary>The machine did what the checker says.</summary>
    Agrees,

    /// <summary>It did something else, as it is known to.</summary>
    Deviates,

    /// <summary>It did something that neither the checker nor its known deviations say.</summary>
    Disagrees,
}
