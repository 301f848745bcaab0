using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A rule that a VM entry breaks, on the machine that is tried.</summary>
/// <param name="Rule">Its name; that of a deviation if the SDM has no such rule.</param>
/// <param name="Stage">The stage at which the machine finds out.</param>
/// <param name="Outcome">What it reports.</param>
/// <param name="Field">The first field that the rule compares, if it is one of the SDM.</param>
public readonly record struct EntryFinding(string Rule, VmEntryStage Stage, VmEntryOutcome Outcome, VmcsField? Field = null)
{
    /// <summary>How a VM entry may end, as the checker reckons it: stage after stage, controls and host state in any order.</summary>
    public static IReadOnlyList<VmEntryOutcome> Possible(IReadOnlyCollection<EntryFinding> findings)
    {
        if (findings.Count == 0)
            return [VmEntryOutcome.Success];
        var first = findings.Min(static f => f.Stage);
        var last = first == VmEntryStage.Controls ? VmEntryStage.HostState : first;
        return [.. findings.Where(f => f.Stage >= first && f.Stage <= last).Select(static f => f.Outcome).Distinct()];
    }
}
