using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>
/// Every number and every check in the specs, made wrong: the generator refuses it, or a comparison with the facts names it. Many edits
/// are made at a time. Each is made in half of the rounds, and no two in the same ones, so that the rounds in which a difference is
/// found tell which edit it comes from.
/// </summary>
public sealed class EditedNumberTests(ITestOutputHelper output)
{
    // Keys whose edits would tell apart what others did: what an item is, its place, what is demanded of it.
    private static readonly string[][] Layers =
    [
        ["encoding", "leaf", "index", "number", "bits"],
        ["bit", "offset"],
        ["subleaf", "length", "revision", "size", "value", "zero-bits", "when", "capability", "activated-by"],
    ];

    private static readonly (string Edit, string Reason)[] NoFacts =
    [
        ("spec/kvm/structs/irqchip.yaml: bits of reserve", "padding, whose bits follow from the others'"),
        ("spec/kvm/constants/compat.yaml: value of KVM_X86_SET_MSR_FILTER_COMPAT", "in no header: another test asks the compiler"),
        ("spec/vmx/bitfields/capability-msrs.yaml: bits of MaximumHlatPrefixSize", "recalled and not verified"),
        ("spec/vmx/layouts/virtualization-exception.yaml: size of VirtualizationExceptionInformation", "the SDM states no size"),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Layers.Length)];

    [Fact]
    public void Every_key_of_an_edit_belongs_to_a_layer() =>
        Assert.Subset(Layers.SelectMany(static layer => layer).ToHashSet(), SpecFacts.Edits.Select(static edit => edit.Key).ToHashSet());

    [Theory]
    [Trait("Cost", "Minutes")]
    [MemberData(nameof(Numbers))]
    public void Each_edited_number_and_check_is_refused_or_named_by_a_comparison_with_the_facts(int layer)
    {
        Tools.RequireOrSkip();
        var (refused, taken) = Divide([.. SpecFacts.Edits.Where(edit => Array.IndexOf(Layers[layer], edit.Key) >= 0)]);
        var rounds = Enumerable.Range(2, 30).First(count => Codes(count).Count() >= taken.Count);
        int[] codes = [.. Codes(rounds).Take(taken.Count)];
        var found = new Dictionary<string, int>();
        for (var round = 0; round < rounds; round++)
        {
            var edited = new EditedSpecs(taken.Where((_, i) => (codes[i] >> round & 1) != 0));
            foreach (var place in EditedComparison.Find(edited).Select(static line => line.Split(": ", 2)[0]).Distinct())
                found[place] = found.GetValueOrDefault(place) | 1 << round;
        }
        // Items by the rounds in which they differed.
        var named = found
            .Select(static place => (Item: place.Key.Split(", ")[0], Code: place.Value))
            .Distinct()
            .GroupBy(static place => place.Code)
            .ToDictionary(static code => code.Key, static code => code.Count());

        var differences = Differences.WhereMet(NoFacts);
        for (var i = 0; i < taken.Count; i++)
        {
            if (named.GetValueOrDefault(codes[i]) < taken[i].Changes.Count)
                differences.Add(taken[i].Name, "nothing notices the edit");
        }
        output.WriteLine($"{taken.Count} edits in {rounds} rounds, and {refused.Count} that the generator refuses");
        differences.AssertNone(output);
    }

    // The generator takes edits that leave a spec without contradictions; it must go on to do so when others are made with them.
    private static (IReadOnlyList<SpecEdit> Refused, IReadOnlyList<SpecEdit> Taken) Divide(IReadOnlyList<SpecEdit> edits)
    {
        List<SpecEdit> refused = [.. edits.Where(static edit => edit.IsAlone && new EditedSpecs([edit]).Generate().Diagnostics.Count != 0)];
        List<SpecEdit> taken = [.. edits.Except(refused)];
        while (new EditedSpecs(taken).Generate().Diagnostics is { Count: > 0 } errors)
        {
            var places = errors.Select(static error => error.Location.GetLineSpan()).ToArray();
            var refusedNow = taken.Where(edit => places.Any(place => edit.IsAt(place.Path, place.StartLinePosition.Line + 1))).ToArray();
            if (refusedNow.Length == 0)
                throw new InvalidOperationException(string.Join(Environment.NewLine, errors));
            foreach (var edit in refusedNow)
                taken.Remove(edit);
            refused.AddRange(refusedNow);
        }
        return (refused, taken);
    }

    // Numbers with as many ones: where two edits cause one difference, it is found in more rounds than any edit is made in.
    private static IEnumerable<int> Codes(int rounds) =>
        Enumerable
            .Range(1, 1 << Math.Min(rounds, 20))
            .Where(code => BitOperations.PopCount((uint)code) == rounds / 2 && code < 1 << rounds);
}
