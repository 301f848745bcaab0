using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Tests.Properties;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Pipeline;

/// <summary>A project of very many items has few files, of the same content.</summary>
public partial class BundleTests
{
    [Fact]
    public void Up_to_the_limit_each_item_has_a_file()
    {
        Assert.Equal(Bundles.MostSingle, GeneratorRun.Of(Enums(Bundles.MostSingle)).Sources.Count);
        Assert.InRange(GeneratorRun.Of(Enums(Bundles.MostSingle + 1)).Sources.Count, 2, 64);
    }

    [Fact]
    public void Files_grow_as_the_root_of_the_items_does()
    {
        var few = GeneratorRun.Of(Enums(1_000)).Sources.Count;
        var many = GeneratorRun.Of(Enums(8_000)).Sources.Count;
        Assert.InRange(many, few, 4 * few);
    }

    [Fact]
    public void Whatever_lies_beside_each_other_compiles_and_nothing_is_lost()
    {
        var single = GeneratorRun.Of([.. SpecSamples.All, Enums(10)]).WithReferences(RuntimeAssemblies.References);
        var bundled = GeneratorRun.Of([.. SpecSamples.All, Enums(Bundles.MostSingle)]).WithReferences(RuntimeAssemblies.References);

        Assert.DoesNotContain(single.Sources, static file => IsBundle(file.Hint));
        Assert.Contains(bundled.Sources, static file => IsBundle(file.Hint));
        Assert.Empty(bundled.Diagnostics);
        Assert.Empty(bundled.Compile([]).Errors);
        Assert.Equal(Lines(single), Lines(bundled));
    }

    [Fact]
    public void A_program_without_the_runtime_has_all_in_its_bundles()
    {
        SpecText[] vmx =
        [
            .. RuntimeSources.Specs.Where(static spec => spec.Path.StartsWith(Path.Combine("spec", "vmx"), StringComparison.Ordinal)),
        ];
        var single = GeneratorRun.Of("all", [.. vmx, Enums(10)]);
        var bundled = GeneratorRun.Of("all", [.. vmx, Enums(Bundles.MostSingle)]);

        Assert.Contains(bundled.Sources, static file => IsBundle(file.Hint));
        Assert.Empty(bundled.Compile([]).Errors);
        Assert.Equal(Lines(single), Lines(bundled));
    }

    [Fact]
    public void An_item_that_comes_makes_one_file_anew()
    {
        var run = GeneratorRun.Of(Enums(2_000)).WithSteps().WithAdded(new("more.vmcs.yaml", Text(2_000, 1)));

        Assert.Single(run.ChangedUnits());
    }

    [Fact]
    public void A_mistake_beside_many_items_is_told_and_they_are_emitted()
    {
        var run = GeneratorRun.Of(Enums(2_000), new("bad.vmcs.yaml", "kind: enums\nenums:\n  - { name: AcmeBad, size: 7, values: [] }\n"));

        Assert.Equal("bad.vmcs.yaml", Assert.Single(run.Diagnostics).Location.GetLineSpan().Path);
        Assert.Equal(2_000, run.Sources.Sum(static file => file.Text.Split("enum AcmeMode").Length - 1));
    }

    // What is declared and said, apart from what only the bundled project has.
    private static string[] Lines(GeneratorRun run) =>
        [
            .. run
                .Sources.SelectMany(static file => file.Text.Split('\n'))
                .Where(static line => line.Length > 0 && !Common().IsMatch(line))
                .Order(StringComparer.Ordinal),
        ];

    private static bool IsBundle(string hint) => hint.StartsWith("Specs.", StringComparison.Ordinal);

    private static SpecText Enums(int count) => new("many.vmcs.yaml", Text(0, count));

    private static string Text(int first, int count) =>
        "kind: enums\nenums:\n"
        + string.Concat(
            Enumerable
                .Range(first, count)
                .Select(static n => $"  - {{ name: AcmeMode{n}, size: 8, values: [{{ value: {n % 256}, name: V{n} }}] }}\n")
        );

    // Beginnings of files, and all of an enum that is not in both projects.
    [GeneratedRegex(@"^(//|#|using|namespace)|AcmeMode\d{2,}|V\d{2,}|^[{}]\s*$")]
    private static partial Regex Common();
}
