using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>How a case should end on a machine: by the SDM, and by what is known of the machine.</summary>
public sealed class EntryExpectation
{
    private readonly IReadOnlyList<VmEntryOutcome> _possible;
    private readonly bool _panics;
    private readonly bool _neverExits;

    /// <param name="target">The processor.</param>
    /// <param name="one">The case.</param>
    /// <param name="report">What the checker says.</param>
    /// <param name="known">How the machine deviates.</param>
    /// <param name="held">The changed fields as the processor holds them; as the case writes them unless given.</param>
    public EntryExpectation(
        EntryTarget target,
        FuzzCase one,
        VmEntryReport report,
        IEnumerable<Deviation> known,
        IReadOnlyDictionary<VmcsField, ulong>? held = null
    )
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(known);
        Report = report;
        var vmcs = target.VmcsOf(one, held);
        var entry = new DeviatingEntry(vmcs, target.Rig.Capabilities, target.Context, report);
        var deviations = new List<Deviation>();
        foreach (var deviation in known)
        {
            entry.IsChanged = false;
            deviation.Change(entry);
            if (entry.IsChanged)
                deviations.Add(deviation);
        }
        foreach (var reading in BochsDeviations.Readings)
            reading.Change(entry);
        Deviations = deviations;
        _possible = EntryFinding.Possible(entry.Findings);
        Enters = _possible.Contains(VmEntryOutcome.Success);
        _panics = Enters && entry.Panics;
        _neverExits = (Enters && entry.NeverExits) || (entry.NeverReturns && _possible.All(static o => o.Result.IsSuccess));
        Sleeps = Enters && vmcs.GuestActivityState != ActivityState.Active && !vmcs.EntryInterruptionInformation.Valid;
    }

    /// <summary>What the checker says.</summary>
    public VmEntryReport Report { get; }

    /// <summary>The deviations that the machine has on the case, whether they show or not.</summary>
    public IReadOnlyList<Deviation> Deviations { get; }

    /// <summary>Whether the guest is entered.</summary>
    public bool Enters { get; }

    /// <summary>Whether the guest is entered and does nothing then.</summary>
    public bool Sleeps { get; }

    /// <summary>Whether nothing comes after it on the machine.</summary>
    public bool IsLast => Sleeps || _panics || _neverExits;

    /// <summary>What became of it, compared.</summary>
    public Verdict Judge(EntryObservation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        var isExpected =
            _panics ? observation.End == EntryEnd.Broken
            : _neverExits ? observation.End == EntryEnd.NoExit
            : _possible.Any(observation.Is);
        if (!isExpected)
            return Verdict.Disagrees;
        return Report.PossibleOutcomes.Any(observation.Is) && !_neverExits ? Verdict.Agrees : Verdict.Deviates;
    }

    public override string ToString()
    {
        var end =
            _panics ? "the machine gives up"
            : _neverExits ? "no VM exit"
            : string.Join(" or ", _possible);
        return Deviations.Count == 0 ? end : $"{end} ({string.Join("; ", Deviations.Select(static d => d.Name))})";
    }
}
