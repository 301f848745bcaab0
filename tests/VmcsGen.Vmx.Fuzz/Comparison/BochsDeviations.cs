using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Where Bochs 2.7 checks VM entries otherwise than the SDM says, each seen in a case.</summary>
public static class BochsDeviations
{
    /// <summary>All of them. What one changes the next ones see.</summary>
    public static IReadOnlyList<Deviation> All { get; } =
    [
    ];
}
