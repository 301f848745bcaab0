using System;
using System.Linq;
using System.Threading;
using CsCheck;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Generators.Units;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>Whatever a file holds, the generator reports mistakes and does not fail.</summary>
public class SpecFuzzTests
{
    // The same texts in every run.
    private const ulong Seed = 20240611;

    private static readonly EmitOptions Options = new(EmitMode.Own, "Acme");

    private static readonly SpecFile[] Whole = [.. SpecSamples.All.Select(static s => SpecReader.Read(s.Path, s.Text).File)];

    [Fact]
    public void Samples_are_valid()
    {
        var run = GeneratorRun.Of([.. SpecSamples.All]);
        Assert.True(run.Diagnostics.Count == 0, string.Join('\n', run.Diagnostics));
        var problems = run.Compile(RuntimeAssemblies.References).Problems;
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Deep_nesting_is_refused_before_the_stack_is_full(string opening)
    {
        var result = SpecReader.Read("a.yaml", "kind: enums\nenums:\n  " + string.Concat(Enumerable.Repeat(opening, 100_000)));
        Assert.Contains(result.Errors, static e => e.Id == "VMCS0002");
    }

    [Fact]
    public void Reading_a_spoilt_file_does_not_throw() =>
        ForEach(
            SpecMutations.Spoilt,
            4000,
            static spec =>
            {
                var result = SpecReader.Read(spec.Path, spec.Text);
                Assert.All(
                    result.Errors,
                    error =>
                    {
                        var span = result.Positions[error.At];
                        Assert.InRange(span.Start, 0, spec.Text.Length);
                        Assert.InRange(span.Start + span.Length, span.Start, spec.Text.Length);
                    }
                );
            }
        );

    [Fact]
    public void Resolving_and_emitting_a_spoilt_file_does_not_throw() => ForEach(SpecMutations.Spoilt, 1000, static spec => EmitAll(spec));

    [Fact]
    public void Resolving_and_emitting_a_reworded_file_does_not_throw() =>
        ForEach(SpecMutations.Reworded, 1500, static spec => EmitAll(spec));

    [Fact]
    public void Reworded_file_compiles_unless_a_mistake_is_reported()
    {
        var compiled = 0;
        ForEach(
            SpecMutations.Reworded,
            250,
            spec =>
            {
                var run = GeneratorRun.Of([.. SpecSamples.All.Select(s => s.Path == spec.Path ? spec : s)]);
                if (run.Diagnostics.Count == 0)
                {
                    var errors = run.Compile(RuntimeAssemblies.References).Errors;
                    Assert.True(errors.Count == 0, string.Join('\n', errors.Take(5)));
                    Interlocked.Increment(ref compiled);
                }
            }
        );
        Assert.NotEqual(0, compiled);
    }

    private static void EmitAll(SpecText spec)
    {
        var spoilt = SpecReader.Read(spec.Path, spec.Text).File;
        var resolution = Resolver.Resolve(Whole.Where(f => f.Path != spec.Path).Append(spoilt), Options);
        var units = resolution.Units.SelectMany(static f => f.Units).ToArray();
        Assert.Distinct(units.Select(static u => u.Target.Hint), StringComparer.OrdinalIgnoreCase);
        Assert.All(units, static unit => Assert.NotEqual("", Emitter.Emit(unit)));
    }

    private static void ForEach(Gen<SpecText> specs, int count, Action<SpecText> check)
    {
        var random = new PCG(1, Seed);
        for (var i = 0; i < count; i++)
        {
            var spec = specs.Generate(random, null, out _);
            try
            {
                check(spec);
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {Seed}, text {i}: {e.GetType().Name} {e.Message}\n{e.StackTrace}\n--- {spec.Path}\n{spec.Text}");
            }
        }
    }
}
