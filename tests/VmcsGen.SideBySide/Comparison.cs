using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace VmcsGen.SideBySide;

/// <summary>
/// What each program took for each operation, round by round. Programs take turns within a round, so that what disturbs one
/// disturbs its neighbours too: the ratio is taken within each round, and its median over all rounds is what counts.
/// </summary>
internal sealed class Comparison(IReadOnlyList<Contestant> contestants)
{
    private readonly Dictionary<(string Operation, Contestant Contestant), List<double>> _times = [];
    private readonly List<string> _operations = [];
    private int _turns;

    /// <summary>Gives every program its turn at every operation.</summary>
    public void Round(IEnumerable<string> operations, int batches, bool counts = true)
    {
        foreach (var operation in operations)
            Turns(contestant => [(operation, contestant.Measure(operation, batches))], counts);
    }

    /// <summary>Lets every program start once.</summary>
    public void Starts() => Turns(static contestant => contestant.FirstExit(), counts: true);

    /// <summary>Prints name, best time of C, best time of C#, and the paired ratio, for each C# program.</summary>
    public void Print(TextWriter output)
    {
        var baseline = contestants[0];
        foreach (var contestant in contestants.Skip(1))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"name\t{baseline.Name} ns\t{contestant.Name} ns\tpaired ratio"));
            foreach (var operation in _operations)
            {
                var c = _times[(operation, baseline)];
                var cSharp = _times[(operation, contestant)];
                var ratio = Median([.. cSharp.Zip(c, static (mine, its) => mine / its)]);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{operation}\t{c.Min():F2}\t{cSharp.Min():F2}\t{ratio:F3}"));
            }
            output.WriteLine();
        }
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return (values[values.Length / 2] + values[(values.Length - 1) / 2]) / 2;
    }

    // Each turn begins with another program, so that none always follows the same.
    private void Turns(Func<Contestant, IReadOnlyList<(string Name, double Value)>> measure, bool counts)
    {
        _turns++;
        for (var i = 0; i < contestants.Count; i++)
        {
            var contestant = contestants[(i + _turns) % contestants.Count];
            foreach (var (name, value) in measure(contestant))
            {
                if (!counts)
                    continue;
                if (!_operations.Contains(name))
                    _operations.Add(name);
                if (!_times.TryGetValue((name, contestant), out var times))
                    _times.Add((name, contestant), times = []);
                times.Add(value);
            }
        }
    }
}
