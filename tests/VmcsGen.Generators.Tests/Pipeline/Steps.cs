using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Units;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Pipeline;

/// <summary>Says of a run which steps did their work again.</summary>
internal static class Steps
{
    /// <summary>All names of steps, in the order of the pipeline.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        .. typeof(TrackingNames).GetFields().Select(static f => (string)f.GetRawConstantValue()!),
    ];

    /// <summary>Whether the step gave nothing but what it had given before.</summary>
    public static bool IsQuiet(this GeneratorRun run, string step) => run.Step(step) is { Count: > 0 } outputs && outputs.All(IsQuiet);

    /// <summary>No step after this one gave anything new, and the compiler got nothing new.</summary>
    public static void AssertQuietFrom(this GeneratorRun run, string step)
    {
        foreach (var name in All.SkipWhile(name => name != step))
            Assert.True(run.IsQuiet(name), $"{name}: {string.Join(", ", run.Step(name).Select(static o => o.Reason))}");
        Assert.All(run.Outputs, static o => Assert.Equal(IncrementalStepRunReason.Cached, o.Reason));
    }

    /// <summary>The hints of the units that are new or changed in this run, but for the table of what the project declares.</summary>
    public static IEnumerable<string> ChangedUnits(this GeneratorRun run) =>
        run.Step(TrackingNames.Units)
            .Where(static o => o.Reason is IncrementalStepRunReason.New or IncrementalStepRunReason.Modified)
            .Where(static o => o.Value is not AssemblySymbolsUnit)
            .Select(static o => ((EmitUnit)o.Value).Target.Hint)
            .Order();

    /// <summary>How many emitted files and diagnostics were made anew.</summary>
    public static int CountMade(this GeneratorRun run) =>
        run.Outputs.Count(static o => o.Reason is IncrementalStepRunReason.New or IncrementalStepRunReason.Modified);

    private static bool IsQuiet(StepOutput output) =>
        output.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged;
}
