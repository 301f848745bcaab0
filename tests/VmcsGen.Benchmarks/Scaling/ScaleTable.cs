using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace VmcsGen.Benchmarks;

/// <summary>
/// Costs for growing sizes, and for each the growth exponent: the slope of the line that fits best where both axes are
/// logarithmic. 1 is linear growth, 0 none.
/// </summary>
internal sealed class ScaleTable(string title, string size, params string[] costs)
{
    private readonly List<(double Size, double[] Costs)> _rows = [];

    public void Add(double size, params double[] costs) => _rows.Add((size, costs));

    public void Print()
    {
        Console.WriteLine(title);
        Console.WriteLine(string.Join('\t', [size, .. costs]));
        foreach (var (at, values) in _rows)
            Console.WriteLine(string.Join('\t', values.Prepend(at).Select(static v => v.ToString("G5", CultureInfo.InvariantCulture))));
        var exponents = Enumerable.Range(0, costs.Length).Select(i => Exponent([.. _rows.Select(r => (r.Size, r.Costs[i]))]));
        Console.WriteLine(
            string.Join('\t', exponents.Select(static e => e.ToString("F2", CultureInfo.InvariantCulture)).Prepend("exponent"))
        );
        Console.WriteLine();
    }

    private static double Exponent((double Size, double Cost)[] points)
    {
        var logs = points.Where(static p => p.Cost > 0).Select(static p => (X: Math.Log(p.Size), Y: Math.Log(p.Cost))).ToArray();
        if (logs.Length < 2)
            return double.NaN;
        var (x, y) = (logs.Average(static l => l.X), logs.Average(static l => l.Y));
        return logs.Sum(l => (l.X - x) * (l.Y - y)) / logs.Sum(l => (l.X - x) * (l.X - x));
    }
}
