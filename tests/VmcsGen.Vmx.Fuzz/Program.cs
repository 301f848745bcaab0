using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>The long run: VM entries on a machine, against the checker and SoftwareVmx.</summary>
internal static class Program
{
    private const string Kvm = "kvm";

    private static readonly Lock s_output = new();
    private static readonly SortedDictionary<string, SortedSet<string>> s_decided = new(StringComparer.Ordinal);
    private static readonly HashSet<string> s_listed = [];

    private static int Main(string[] arguments)
    {
        if (FuzzOptions.Read(arguments) is not { } options)
        {
            Console.Error.WriteLine(FuzzOptions.Usage);
            return 2;
        }
        if (options.Models.Any(static model => model != Kvm) && BochsMachine.Probe() is { } reason)
        {
            Console.Error.WriteLine(reason);
            return 2;
        }

        var (disagreements, cases) = (0, 0);
        var watch = Stopwatch.StartNew();
        Parallel.For(
            0,
            options.Models.Count,
            new ParallelOptions { MaxDegreeOfParallelism = options.Jobs },
            i =>
            {
                // Each model has other cases.
                var from = (int)((long)options.Cases * i / options.Models.Count);
                var to = (int)((long)options.Cases * (i + 1) / options.Models.Count);
                var run = Run(options, options.Models[i], options.First + from, to - from);
                lock (s_output)
                    (disagreements, cases) = (disagreements + run.Disagreements.Count, cases + run.Cases);
            }
        );
        Console.WriteLine("What is listed, and what the SDM says:");
        foreach (var (name, sdm) in Listed().Where(static one => s_listed.Contains(one.Name)))
            Console.WriteLine($"- {name}\n    {sdm}");
        var undecided = VmEntryChecker.Rules.Select(static rule => rule.Name).Where(static rule => !s_decided.ContainsKey(rule)).ToArray();
        Console.WriteLine(
            $"Rules of the checker that decided no case: {undecided.Length} of {VmEntryChecker.Rules.Count}: {string.Join(", ", undecided)}"
        );
        if (options.Record is { } record)
            Record(record);
        Console.WriteLine($"{cases} cases in {watch.Elapsed.TotalSeconds:F0} s, {disagreements} unexplained disagreements.");
        return disagreements == 0 ? 0 : 1;
    }

    // Adds to what other runs recorded.
    private static void Record(string path)
    {
        foreach (var line in File.Exists(path) ? File.ReadAllLines(path) : [])
        {
            if (line.Split(": ") is [var rule, var machines])
                Decide(rule, machines.Split(", "));
        }
        File.WriteAllLines(path, s_decided.Select(static rule => $"{rule.Key}: {string.Join(", ", rule.Value)}"));
    }

    private static void Decide(string rule, params ReadOnlySpan<string> machines)
    {
        if (!s_decided.TryGetValue(rule, out var known))
            s_decided.Add(rule, known = new(StringComparer.Ordinal));
        foreach (var machine in machines)
            known.Add(machine);
    }

    private static IEnumerable<(string Name, string Sdm)> Listed() =>
        [
            .. BochsMachine.Deviations.Select(static one => (one.Name, one.Sdm)),
            (EntryFreedom.OrderOfChecks.Name, EntryFreedom.OrderOfChecks.Sdm),
        ];

    private static FuzzRun Run(FuzzOptions options, string model, int first, int count)
    {
        var watch = Stopwatch.StartNew();
        using RingZeroTarget target = model == Kvm ? new KvmTarget() : new BochsTarget(model);
        var run = new FuzzRun(target, model == Kvm ? KvmDeviations.All : BochsDeviations.Known, options.Seed);
        var shown = 0;
        List<string> left = [];
        foreach (var guest in GuestsOf(options.Bits, target.Target))
        {
            foreach (var feature in SystematicCases.FeaturesOf(target.Target, guest, left))
                run.Execute(
                    SystematicCases.Of(target.Target, guest, feature, field => options.Bits != "checked" || IsChecked(field), run.Cases),
                    Tell
                );
        }
        run.Execute(first, count, Tell);
        lock (s_output)
        {
            foreach (var feature in left.Distinct())
                Console.WriteLine($"{model} cannot have: {feature}");
            Summarize(model, target, run, watch.Elapsed);
            foreach (var rule in run.Rules)
                Decide(rule, model);
            s_listed.UnionWith(run.Explanations.Keys);
        }
        return run;

        void Tell(int done)
        {
            lock (s_output)
            {
                Console.WriteLine($"{model}: {done} cases, {watch.Elapsed.TotalSeconds:F0} s");
                for (; shown < run.Disagreements.Count; shown++)
                    Console.WriteLine($"\n{model}: {run.Disagreements[shown].Describe(target.Target)}\n");
            }
        }
    }

    private static IEnumerable<GuestKind> GuestsOf(string bits, EntryTarget target) =>
        bits switch
        {
            "none" => [],
            "all" => target.Guests,
            _ => [target.Guests.First()],
        };

    private static bool IsChecked(VmcsField field) => VmcsFields.TryFind(field, out var info) && info.Check is not null;

    private static void Summarize(string model, RingZeroTarget target, FuzzRun run, TimeSpan time)
    {
        var divided = target is BochsTarget bochs ? $" ({bochs.Divided} batches divided)" : "";
        Console.WriteLine(
            $"\n{model}: {run.Cases} cases in {time.TotalSeconds:F0} s on {target.Machines} machines{divided}, "
                + $"{run.Rules.Count} rules decided a case"
        );
        foreach (var (end, number) in run.Ends)
            Console.WriteLine($"  {number, 6} {end}");
        Console.WriteLine($"  agreed: {run.Agreed} (the machine, VmEntryChecker and SoftwareVmx)");
        Console.WriteLine($"  listed: {run.Explained}");
        foreach (
            var (name, number) in run.Explanations.OrderByDescending(static e => e.Value).ThenBy(static e => e.Key, StringComparer.Ordinal)
        )
            Console.WriteLine($"  {number, 6} {name}");
        Console.WriteLine($"  unexplained: {run.Disagreements.Count}\n");
    }
}
