using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using VmcsGen.Testing;

namespace VmcsGen.Benchmarks;

/// <summary>What the generator takes for specs of growing length.</summary>
internal static class GeneratorScale
{
    public static void Print(Action<ScaleTable> show)
    {
        Print(
            show,
            "fields",
            "Generator: VMCS fields in one spec",
            SampleSpecs.MostFields,
            static n => SampleSpecs.Fields("acme.vmcs.yaml", n)
        );
        Print(show, "members", "Generator: struct members in one spec", 10_000, static n => SampleSpecs.Structs("acme.vmcs.yaml", n));
        PrintGrowth(show, "enums", "Generator: enums, a thousand in each spec", static n => SampleSpecs.Enums(n, Math.Min(n, 1_000)));
        PrintGrowth(show, "specs", "Generator: specs of one enum", static n => SampleSpecs.Enums(n, 1));
        PrintEdits();
    }

    // What a project may reach that nobody writes by hand.
    private static void PrintGrowth(Action<ScaleTable> show, string name, string title, Func<int, IReadOnlyList<SpecText>> specs)
    {
        var table = new ScaleTable(name, title, "items", "full ms", "unrelated edit ms");
        foreach (var count in new[] { 10, 100, 1_000, 10_000, 100_000 })
        {
            var project = specs(count);
            var times = Math.Clamp(10_000 / count, 1, 20);
            var warm = new SpecProject(project).Warm();
            var edited = Enumerable.Range(0, times).Select(warm.Edited).ToArray();
            table.Add(count, Best(times, _ => SpecProject.Full(project)), Best(times, n => warm.Run(edited[n])));
        }
        show(table);
    }

    private static void Print(Action<ScaleTable> show, string name, string title, int most, Func<int, SpecText> spec)
    {
        var table = new ScaleTable(name, title, "fields", "full ms", "changed spec ms", "unrelated edit ms");
        int[] counts = [10, 30, 100, 300, 1_000, 3_000, 10_000];
        for (var i = 0; i < 40; i++)
            SpecProject.Full([spec(300)]); // Until the JIT has done its best.
        foreach (var count in counts.Select(c => Math.Min(c, most)).Distinct())
        {
            SpecText[] specs = [spec(count)];
            var project = new SpecProject(specs).Warm();
            var (edit, unrelated) = Edits(project);
            table.Add(count, Best(Math.Clamp(3000 / count, 5, 50), _ => SpecProject.Full(specs)), edit, unrelated);
        }
        show(table);
    }

    private static void PrintEdits()
    {
        var specs = SampleSpecs.Project();
        var (edit, unrelated) = Edits(new SpecProject(specs).Warm());
        Console.WriteLine(
            $"Ten specs of {specs[0].Text.Count(static c => c == '\n')} and {specs[^1].Text.Count(static c => c == '\n')} lines, {specs.Count} in all"
        );
        Console.WriteLine(FormattableString.Invariant($"full ms\t{Best(5, _ => SpecProject.Full(specs)):F2}"));
        Console.WriteLine(FormattableString.Invariant($"one changed spec ms\t{edit:F2}"));
        Console.WriteLine(FormattableString.Invariant($"unrelated edit ms\t{unrelated:F3}"));
        Console.WriteLine();
    }

    private static (double Changed, double Unrelated) Edits(SpecProject project)
    {
        var edited = Enumerable.Range(0, 30).Select(project.Edited).ToArray();
        return (Best(30, n => project.EditSpec(0, n)), Best(30, n => project.Run(edited[n])));
    }

    private static double Best(int times, Action<int> action)
    {
        var best = double.MaxValue;
        for (var i = 0; i < times; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            action(i);
            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        return best;
    }
}
