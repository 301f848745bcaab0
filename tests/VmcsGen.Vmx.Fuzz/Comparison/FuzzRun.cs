using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Cases on a machine, compared with the checker and with the software processor.</summary>
/// <param name="machine">The machine.</param>
/// <param name="known">How it deviates from the SDM.</param>
/// <param name="seed">The seed.</param>
public sealed class FuzzRun(IEntryMachine machine, MachineDeviations known, int seed)
{
    private const int Portion = 512;

    private readonly SoftwareTwin _software = new(machine);
    private readonly SortedDictionary<string, int> _ends = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _explanations = [];
    private readonly HashSet<string> _rules = [];

    /// <summary>How many cases were tried.</summary>
    public int Cases { get; private set; }

    /// <summary>How often each kind of end was seen.</summary>
    public IReadOnlyDictionary<string, int> Ends => _ends;

    /// <summary>In how many of them machine, checker and software processor did the same.</summary>
    public int Agreed { get; private set; }

    /// <summary>In how many of them they did not, and it is known why.</summary>
    public int Explained { get; private set; }

    /// <summary>How many cases each known deviation of the machine, or freedom that the SDM leaves, explains.</summary>
    public IReadOnlyDictionary<string, int> Explanations => _explanations;

    /// <summary>The rules that were broken in cases whose end they decided.</summary>
    public IReadOnlyCollection<string> Rules => _rules;

    /// <summary>The cases that nothing explains.</summary>
    public List<Comparison> Disagreements { get; } = [];

    /// <summary>Tries cases, by their numbers.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="progress">Is told after every few hundred how many there were.</param>
    public void Execute(int first, int count, Action<int>? progress = null)
    {
        Execute(Enumerable.Range(first, count).Select(number => machine.Target.Create(seed, number)), progress);
    }

    /// <summary>Tries cases.</summary>
    /// <param name="cases">The cases; each is made when it is its turn.</param>
    /// <param name="progress">Is told after every few hundred how many there were.</param>
    public void Execute(IEnumerable<FuzzCase> cases, Action<int>? progress = null)
    {
        foreach (var portion in cases.Chunk(Portion))
        {
            var expectations = portion.Select(one => Expect(one, null)).ToArray();
            var observations = machine.Observe(portion, expectations);
            for (var i = 0; i < portion.Length; i++)
                Count(CompareOrRepeat(portion[i], expectations[i], observations[i]));
            progress?.Invoke(Cases);
        }
    }

    /// <summary>Tries one case by itself.</summary>
    public Comparison Repeat(FuzzCase one)
    {
        var observation = machine.ObserveAlone(one);
        return Compare(one, Expect(one, observation.Held), observation);
    }

    private EntryExpectation Expect(FuzzCase one, IReadOnlyDictionary<VmcsField, ulong>? held) =>
        new(machine.Target, one, machine.Target.Check(one, held), known.Checks, held);

    private Comparison CompareOrRepeat(FuzzCase one, EntryExpectation expectation, EntryObservation observation)
    {
        // A processor may hold less than was written.
        var isHeld = one.Fields.All(field => observation.Held[field.Key] == field.Value);
        var comparison = Compare(one, isHeld ? expectation : Expect(one, observation.Held), observation);
        // Once more, with nothing before it that might have had to do with it.
        return comparison.IsUnexplained ? Repeat(one) : comparison;
    }

    private Comparison Compare(FuzzCase one, EntryExpectation expectation, EntryObservation observation) =>
        new(one, expectation, observation, new Likeness(one, expectation, observation, _software, known));

    private void Count(Comparison comparison)
    {
        Cases++;
        _ends[comparison.Observation.Kind] = _ends.GetValueOrDefault(comparison.Observation.Kind) + 1;
        if (comparison.IsUnexplained)
        {
            Disagreements.Add(comparison);
        }
        else if (comparison.Agrees)
        {
            Agreed++;
        }
        else
        {
            Explained++;
            foreach (var name in comparison.Explanations)
                _explanations[name] = _explanations.GetValueOrDefault(name) + 1;
        }
        foreach (var violation in comparison.Expectation.Report.Violations)
        {
            if (comparison.Observation.Is(violation.Outcome))
                _rules.Add(violation.Rule.Name);
        }
    }
}
