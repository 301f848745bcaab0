using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Kvm;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>
/// Every number in the specs of other machines, made wrong: the generator refuses it, or the comparison with what gcc says names it. All
/// edits are made together, because each is of an item that the comparison names.
/// </summary>
public sealed class EditedMachineTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, KvmFacts> s_facts = KvmMachine.All.ToDictionary(
        static machine => machine.Name,
        static machine => machine.Facts
    );

    // How an item of the list of a spec begins.
    private const string Item = "  - ";

    [Fact]
    public void Each_edited_number_is_refused_or_named_by_the_comparison_with_gcc()
    {
        // Numbers that are written in two ways are one number.
        List<SpecEdit> taken = [.. SpecFacts.EditsOfMachines.Where(static edit => !AreEqual(edit))];
        var refused = 0;
        var run = Generate(taken);
        while (run.Diagnostics is { Count: > 0 } errors)
        {
            var places = errors.Select(static error => error.Location.GetLineSpan()).ToArray();
            var before = taken.Count;
            taken.RemoveAll(edit => places.Any(place => IsCause(edit, place.Path, place.StartLinePosition.Line + 1)));
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
            .Where(edit => !edit.Changes.Any(change => named.Contains((MachineOf(change), change.Item))))
            .Select(static edit => edit.Name);
        output.WriteLine($"{taken.Count} edits, and {refused} that the generator refuses");
        Listing.AssertEmpty(unnoticed, "edits that nothing notices");
        Assert.InRange(taken.Count, 300, int.MaxValue);
    }

    private static string MachineOf(SpecChange change) => change.Path.Split('/')[2];

    private static bool AreEqual(SpecEdit edit)
    {
        var constants = s_facts[MachineOf(edit.Changes[0])].Constants;
        return edit.Changes.Count > 1
            && edit.Changes.All(change =>
                constants.TryGetValue(change.Item, out var value)
                && constants.TryGetValue(edit.Changes[0].Item, out var first)
                && value == first
            );
    }

    // What is refused is the edited item, a struct that it is a member of, or a constant that is in terms of it.
    private static bool IsCause(SpecEdit edit, string path, int line)
    {
        if (edit.IsAt(path, line))
            return true;
        var lines = Specs.Text(path).Split('\n');
        if (!path.EndsWith("structs.yaml", StringComparison.Ordinal))
            return edit.Changes.Any(change => change.Path == path && Regex.IsMatch(lines[line - 1], $@"\b{change.Item}\b"));
        var end = Array.FindIndex(lines, line, static text => text.StartsWith(Item, StringComparison.Ordinal));
        return edit.Changes.Any(change => change.Path == path && change.Lines.Value > line && (end < 0 || change.Lines.Value <= end));
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
