using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>The long run: VM entries on Bochs, against the checker and SoftwareVmx.</summary>
internal static class Program
{
    private const string Usage = """
        VM entries of mutated VMCSs on Bochs, compared with VmEntryChecker and with the same VM entries on SoftwareVmx.

          --cases N     how many cases, over all models (20000)
          --seed N      the seed (1)
          --first N     the number of the first case (0); models share the numbers out
          --model NAME  a CPU model of Bochs, again and again (sandy_bridge, skylake_x, tigerlake)
          --jobs N      how many machines at a time (2)

        Ends with 1 if the three do not do the same in a case, and neither a known deviation of Bochs nor what the SDM leaves open is why.
        """;

    private static readonly Lock s_output = new();
    private static readonly HashSet<string> s_decided = [];
    private static readonly HashSet<string> s_listed = [];

    private static int Main(string[] arguments)
    {
        int cases = 20_000,
            seed = 1,
            first = 0,
            jobs = 2;
        var models = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (i + 1 == arguments.Length || !TryTake(arguments[i], arguments[i + 1]))
            {
                Console.Error.WriteLine(Usage);
                return 2;
            }
            i++;
        }
        if (models.Count == 0)
            models = ["corei7_sandy_bridge_2600k", "corei7_skylake_x", "tigerlake"];
        if (BochsMachine.Probe() is { } reason)
        {
            Console.Error.WriteLine(reason);
            return 2;
        }

        var disagreements = 0;
        var watch = Stopwatch.StartNew();
        Parallel.For(
            0,
            models.Count,
            new ParallelOptions { MaxDegreeOfParallelism = jobs },
            i =>
            {
                // Each model has other cases.
                var from = (int)((long)cases * i / models.Count);
                var to = (int)((long)cases * (i + 1) / models.Count);
                var found = Run(models[i], seed, first + from, to - from);
                lock (s_output)
                    disagreements += found;
            }
        );
        Console.WriteLine("What is listed, and what the SDM says:");
        foreach (var (name, sdm) in Listed().Where(static one => s_listed.Contains(one.Name)))
            Console.WriteLine($"- {name}\n    {sdm}");
        var undecided = VmEntryChecker.Rules.Select(static rule => rule.Name).Except(s_decided).ToArray();
        Console.WriteLine(
            $"Rules of the checker that decided no case: {undecided.Length} of {VmEntryChecker.Rules.Count}: {string.Join(", ", undecided)}"
        );
        Console.WriteLine($"{cases} cases in {watch.Elapsed.TotalSeconds:F0} s, {disagreements} unexplained disagreements.");
        return disagreements == 0 ? 0 : 1;

        bool TryTake(string option, string value)
        {
            if (option == "--model")
            {
                models.Add(value);
                return true;
            }
            if (!int.TryParse(value, out var number))
                return false;
            switch (option)
            {
                case "--cases":
                    cases = number;
                    return number > 0;
                case "--seed":
                    seed = number;
                    return true;
                case "--first":
                    first = number;
                    return number >= 0;
                case "--jobs":
                    jobs = number;
                    return number > 0;
                default:
                    return false;
            }
        }
    }

    private static IEnumerable<(string Name, string Sdm)> Listed() =>
        [
            .. BochsMachine.Deviations.Select(static one => (one.Name, one.Sdm)),
            (EntryFreedom.OrderOfChecks.Name, EntryFreedom.OrderOfChecks.Sdm),
        ];

    private static int Run(string model, int seed, int first, int count)
    {
        var watch = Stopwatch.StartNew();
        using var target = new BochsTarget(model);
        var run = new FuzzRun(target, BochsDeviations.All, seed);
        var shown = 0;
        run.Execute(
            first,
            count,
            done =>
            {
                lock (s_output)
                {
                    Console.WriteLine($"{model}: {done} of {count} cases, {watch.Elapsed.TotalSeconds:F0} s");
                    for (; shown < run.Disagreements.Count; shown++)
                        Console.WriteLine($"\n{model}: {run.Disagreements[shown].Describe(target.Target)}\n");
                }
            }
        );
        lock (s_output)
        {
            Summarize(model, target, run, watch.Elapsed);
            s_decided.UnionWith(run.Rules);
            s_listed.UnionWith(run.Explanations.Keys);
        }
        return run.Disagreements.Count;
    }

    private static void Summarize(string model, BochsTarget target, FuzzRun run, TimeSpan time)
    {
        Console.WriteLine(
            $"\n{model}: {run.Cases} cases in {time.TotalSeconds:F0} s on {target.Machines} machines ({target.Divided} batches divided), "
                + $"{run.Rules.Count} rules decided a case"
        );
        foreach (var (end, number) in run.Ends)
            Console.WriteLine($"  {number, 6} {end}");
        Console.WriteLine($"  agreed: {run.Agreed} (Bochs, VmEntryChecker and SoftwareVmx)");
        Console.WriteLine($"  listed: {run.Explained}");
        foreach (
            var (name, number) in run.Explanations.OrderByDescending(static e => e.Value).ThenBy(static e => e.Key, StringComparer.Ordinal)
        )
            Console.WriteLine($"  {number, 6} {name}");
        Console.WriteLine($"  unexplained: {run.Disagreements.Count}\n");
    }
}
