using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>How a machine is known to differ from the SDM.</summary>
/// <param name="Checks">What it checks otherwise. What one changes the next ones see.</param>
/// <param name="Effects">What its VM entries write, besides how they end.</param>
/// <param name="Msrs">MSRs that it loads otherwise.</param>
public sealed record MachineDeviations(
    IReadOnlyList<Deviation> Checks,
    IReadOnlyList<EffectDeviation> Effects,
    IReadOnlyList<MsrDeviation> Msrs
)
{
    /// <summary>What VMWRITE keeps of a value; all of it unless given.</summary>
    public Func<VmcsField, ulong, ulong> Keeps { get; init; } = static (_, value) => value;

    /// <summary>A case with what the machine keeps of it, where that is known.</summary>
    public FuzzCase AsKept(FuzzCase one, IReadOnlyDictionary<VmcsField, ulong> held)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(held);
        return one with
        {
            Fields =
            [
                .. one.Fields.Select(field =>
                    Keeps(field.Key, field.Value) is var kept && held[field.Key] == kept ? KeyValuePair.Create(field.Key, kept) : field
                ),
            ],
        };
    }
}
