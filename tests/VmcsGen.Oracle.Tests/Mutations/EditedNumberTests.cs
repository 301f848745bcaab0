using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Kvm;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Oracle.Tests.Vmx;
using VmcsGen.Oracle.Tests.X86;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>
/// Every number and every check in the specs, made wrong: the generator refuses it, or a comparison with the facts names it. Many edits
/// are made at a time. Each is made in half of the rounds, and no two in the same ones, so that the rounds in which a difference is
/// found tell which edit it comes from.
/// </summary>
public sealed class EditedNumberTests(ITestOutputHelper output)
{
    private const int Rounds = 14;

    [Fact]
    public void Each_edited_number_and_check_is_refused_or_named_by_a_comparison_with_the_facts()
    {
        var (refused, taken) = Divide(SpecFacts.Edits);
        var codes = Codes(taken.Count);
        var rounds = new Dictionary<string, int>();
        for (var round = 0; round < Rounds; round++)
        {
            var edited = new EditedSpecs(taken.Where((_, i) => (codes[i] >> round & 1) != 0));
            foreach (var item in Differences(edited).Select(static line => line.Split([": ", ", "], 2, default)[0]).Distinct())
                rounds[item] = rounds.GetValueOrDefault(item) | 1 << round;
        }
        var named = rounds.GroupBy(static item => item.Value).ToDictionary(static code => code.Key, static code => code.Count());
        var unnoticed = taken.Where((edit, i) => named.GetValueOrDefault(codes[i]) < edit.Changes.Count).Select(static edit => edit.Name);

        output.WriteLine($"{SpecFacts.Edits.Count} edits, {refused.Count} of them refused by the generator");
        Listing.AssertEmpty(unnoticed, "edits that nothing notices");
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

    // Numbers with as many ones as zeros: where two edits cause one difference, it is found in more rounds than any edit is made in.
    private static int[] Codes(int count)
    {
        int[] codes =
        [
            .. Enumerable.Range(1, 1 << Rounds).Where(static code => BitOperations.PopCount((uint)code) == Rounds / 2).Take(count),
        ];
        return codes.Length == count ? codes : throw new InvalidOperationException($"{Rounds} rounds are too few for {count} edits.");
    }

    private static List<string> Differences(EditedSpecs specs)
    {
        var assembly = EditedRuntime.Load(specs);
        var kvm = new GeneratedKvm(assembly);
        var vmx = new GeneratedVmx(assembly);
        var facts = KvmFacts.Read(KvmFacts.Newest);
        var differences = Support.Differences.WhereMet([.. KvmFactsTests.Always, .. ControlComparison.Unverified]);
        StructComparison.Compare(facts, kvm, differences);
        NumberComparison.CompareIoctls(facts, kvm, differences);
        NumberComparison.CompareConstants(facts.Constants.Select(static c => KeyValuePair.Create(c.Key, c.Value.Value)), kvm, differences);
        NumberComparison.CompareConstants(facts.Enums.Values.SelectMany(static e => e.Values), kvm, differences);
        FieldComparison.Compare(VmcsFieldFacts.Read(), vmx, differences);
        EntryCheckComparison.Compare(EntryCheckFacts.Read(), vmx, differences);
        LayoutComparison.Compare(LayoutFacts.ReadVmcs12("current"), vmx.Layouts[nameof(Vmcs12)], differences);
        LayoutComparison.Compare(LayoutFacts.ReadEnlightenedVmcs(), vmx.Layouts[nameof(EnlightenedVmcs)], differences);
        ControlComparison.CompareBits(vmx, differences);
        ControlComparison.CompareFields(vmx, differences);
        ControlComparison.CompareMsrs(vmx, specs.Read("spec/vmx/bitfields/controls.yaml"), differences);
        NumberedList.ExitReasons.Compare(vmx, differences);
        NumberedList.InstructionErrors.Compare(vmx, differences);
        MsrComparison.Compare(specs.Read("spec/x86/msrs.yaml").GetProperty("msrs").EnumerateArray(), differences);
        CpuidComparison.Compare(specs.Read("spec/x86/cpuid.yaml").GetProperty("features").EnumerateArray(), differences);
        return
        [
            .. differences.Unexpected,
            .. BitLayout.All.SelectMany(layout => layout.Compare(vmx).Unexpected),
            .. ValueList.All.SelectMany(list => list.Compare(vmx).Unexpected),
        ];
    }
}
