using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace VmcsGen.Benchmarks;

/// <summary>
/// Costs for growing sizes, and for each the growth exponent: the slope of the line that fits best where both axes are
/// logarithmic. 1 is linear growth, 0 none.
/// </summary>
/// <param name="name">A word for it, as a name of files.</param>
/// <param name="title">What is measured.</param>
/// <param name="size">What grows.</param>
/// <param name="costs">What it costs, with units.</param>
internal sealed class ScaleTable(string name, string title, string size, params string[] costs)
{
    private readonly List<(double Size, double[] Costs)> _rows = [];

    public string Name => name;

    public string Title => title;

    public string Size => size;

    /// <summary>Each cost: what it is, its growth exponent, and the cost of each size.</summary>
    public IEnumerable<(string Name, double Exponent, (double Size, double Cost)[] Points)> Costs =>
        costs.Select(
            (cost, i) =>
            {
                (double, double)[] points = [.. _rows.Select(row => (row.Size, row.Costs[i]))];
                return (cost, Exponent(points), points);
            }
        );

    public void Add(double size, params double[] costs) => _rows.Add((size, costs));

    public void Print()
    {
        Console.WriteLine(title);
        Console.WriteLine(string.Join('\t', [size, .. costs]));
        foreach (var (at, values) in _rows)
            Console.WriteLine(string.Join('\t', values.Prepend(at).Select(static v => v.ToString("G5", CultureInfo.InvariantCulture))));
        Console.WriteLine(
            string.Join('\t', Costs.Select(static cost => cost.Exponent.ToString("F2", CultureInfo.InvariantCulture)).Prepend("exponent"))
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
