using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>
/// Puts the units of a very large project together. With each run, after each edit of C# too, the compiler compares the names of all
/// emitted files with each other: thousands of files would take it longer than all else.
/// </summary>
internal static class Bundles
{
    /// <summary>Up to this many units each has a file of its own.</summary>
    public const int MostSingle = 500;

    private const int Fewest = 16;

    /// <summary>The same with few files, if there are too many.</summary>
    public static Resolution Of(Resolution resolution)
    {
        var count = resolution.Units.Sum(static file => file.Units.Count);
        if (count <= MostSingle)
            return resolution;
        // A unit that comes or goes moves no other: the number of bundles goes with the size of the project in large steps.
        var number = Fewest;
        while (number * number < count)
            number *= 2;
        var bundles = Enumerable.Range(0, number).Select(static _ => new List<EmitUnit>()).ToArray();
        foreach (var unit in resolution.Units.SelectMany(static file => file.Units))
            bundles[Fingerprint.Of(unit.Target.Hint) % (ulong)number].Add(unit);
        return new(
            default,
            resolution.Shared.Concat(bundles.Select(Bundle)).ToEquatable(),
            resolution.Annotations,
            resolution.Errors,
            resolution.Mistakes
        );
    }

    private static EmitUnit Bundle(List<EmitUnit> units, int number) => new BundleUnit(new($"Specs.{number}", "", ""), units.ToEquatable());
}
