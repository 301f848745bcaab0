using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Kvm;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>
/// Every number in the specs of other machines, made wrong: the generator refuses it, or the comparison with what gcc says names it. All edits
/// are made together, because each is of an item that the comparison names.
/// </summary>
public sealed class EditedMachineTests(ITestOutputHelper output)
{
    [Fact]
    public void Each_edited_number_is_refused_or_named_by_the_comparison_with_gcc()
    {
        List<SpecEdit> taken = [.. SpecFacts.EditsOfMachines];
        var refused = 0;
        var run = Generate(taken);
        while (run.Diagnostics is { Count: > 0 } errors)
        {
            var places = errors.Select(static error => error.Location.GetLineSpan()).ToArray();
            var before = taken.Count;
            taken.RemoveAll(edit => places.Any(place => edit.IsAt(place.Path, place.StartLinePosition.Line + 1)));
            Assert.True(taken.Count < before, string.Join(Environment.NewLine, errors.Take(10)));
            refused += before - taken.Count;
            run = Generate(taken);
        }
        var assembly = EditedRuntime.Compile(run.Sources.Select(static source => source.Text).Append(EditedRuntime.NativeName));
        var named = new HashSet<(string Machine, string Item)>();
        foreach (var machine in KvmMachine.All)
        {
            var differences = new Differences();
            MachineComparison.Compare(MachineComparison.Wanted(machine), machine.Of(assembly, GeneratorRun.RootNamespace), differences);
            // A member stands behind its struct.
            foreach (var line in differences.Unexpected)
                named.UnionWith(line.Split(": ", 2)[0].Split(", ")[0].Split(".").Select(part => (machine.Name, part.TrimEnd('[', ']'))));
        }
        var unnoticed = taken
            .Where(edit => edit.Changes.Any(change => !named.Contains((change.Path.Split('/')[2], change.Item))))
            .Select(static edit => edit.Name);
        output.WriteLine($"{taken.Count} edits, and {refused} that the generator refuses");
        Listing.AssertEmpty(unnoticed, "edits that nothing notices");
        Assert.InRange(taken.Count, 400, int.MaxValue);
    }

    private static GeneratorRun Generate(IReadOnlyList<SpecEdit> edits)
    {
        var changes = edits.SelectMany(static edit => edit.Changes).ToLookup(static change => change.Path);
        return GeneratorRun.For(
            KvmMachine.Property,
            "runtime",
            [
                .. Specs
                    .Paths.Where(static path => path.StartsWith("spec/kvm/", StringComparison.Ordinal))
                    .Select(path => new SpecText(path, SpecChange.Apply(Specs.Text(path), changes[path]))),
            ]
        );
    }
}
