using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>How the software processor and a machine go together on a case.</summary>
public sealed class Likeness
{
    private readonly EntryObservation _software;
    private readonly MachineDeviations _known;
    private readonly List<string> _explanations = [];

    /// <param name="one">The case.</param>
    /// <param name="expectation">How the machine should end it.</param>
    /// <param name="machine">How it did.</param>
    /// <param name="twin">The software processor, which tries the case now.</param>
    /// <param name="known">How the machine differs from the SDM.</param>
    public Likeness(FuzzCase one, EntryExpectation expectation, EntryObservation machine, SoftwareTwin twin, MachineDeviations known)
    {
        ArgumentNullException.ThrowIfNull(expectation);
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(twin);
        ArgumentNullException.ThrowIfNull(known);
        _known = known;
        _software = twin.Try(known.AsKept(one, machine.Held));
        if (machine.End == EntryEnd.Answered && _software.End == EntryEnd.Answered)
            IsEndAlike = machine.Outcome == _software.Outcome;
        else
            IsEndAlike = machine.Is(VmEntryOutcome.Success) && _software.Is(VmEntryOutcome.Success);
        if (!IsEndAlike)
            IsExplained = ExplainsEnd(one, expectation, machine, twin);
        else if (machine.End == EntryEnd.Answered && _software.End == EntryEnd.Answered)
            IsExplained = ExplainsEffects(machine);
        else
            IsExplained = true;
    }

    /// <summary>Whether they ended alike.</summary>
    public bool IsEndAlike { get; }

    /// <summary>Names of what they wrote differently, where they ended alike.</summary>
    public IReadOnlyList<string> Differences { get; private set; } = [];

    /// <summary>Whether they did the same.</summary>
    public bool IsAlike => IsEndAlike && Differences.Count == 0;

    /// <summary>Whether they did the same, or it is known why not.</summary>
    public bool IsExplained { get; }

    /// <summary>The names of what is known, besides the machine's deviations from the checker.</summary>
    public IReadOnlyList<string> Explanations => _explanations;

    public override string ToString() =>
        Differences.Count == 0
            ? _software.Text
            : $"{_software.Text}; otherwise it wrote {string.Join(", ", Differences)} ({_software.Effects})";

    private bool ExplainsEnd(FuzzCase one, EntryExpectation expectation, EntryObservation machine, SoftwareTwin twin)
    {
        var verdict = expectation.Judge(machine);
        if (expectation.Report.PossibleOutcomes.Any(_software.Is))
        {
            if (verdict == Verdict.Agrees)
                _explanations.Add(EntryFreedom.OrderOfChecks.Name);
            return verdict != Verdict.Disagrees;
        }
        // The checker knew what WRMSR of the machine takes; the software processor has its own.
        foreach (var outcome in (ReadOnlySpan<VmEntryOutcome>)[machine.Outcome, _software.Outcome])
        {
            if (outcome is not { IsExit: true, ExitReason.BasicReason: BasicExitReason.EntryFailureMsrLoading })
                continue;
            var entry = twin.Target.MsrEntryOf(one, outcome.Qualification);
            _explanations.AddRange(_known.Msrs.Where(deviation => deviation.Concerns(entry)).Select(static deviation => deviation.Name));
        }
        return _explanations.Count != 0 && verdict != Verdict.Disagrees && twin.Target.Check(one).PossibleOutcomes.Any(_software.Is);
    }

    private bool ExplainsEffects(EntryObservation machine)
    {
        Differences = [.. machine.Effects.FindDifferences(_software.Effects), .. HeldDifferently(machine)];
        var left = Differences.ToHashSet();
        foreach (var deviation in _known.Effects)
        {
            if (!deviation.Concerns(machine.Outcome))
                continue;
            var before = left.Count;
            left.ExceptWith(deviation.Fields.Select(static field => VmcsFields.NameOf(field)));
            if (left.Count != before)
                _explanations.Add(deviation.Name);
        }
        return left.Count == 0;
    }

    private IEnumerable<string> HeldDifferently(EntryObservation machine) =>
        machine
            .Held.Where(field => _software.Held[field.Key] != field.Value)
            .Select(static field => $"{VmcsFields.NameOf(field.Key)} by VMWRITE");
}
