using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Fuzz;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>A short run of the differential fuzzer; the long one is the program in VmcsGen.Vmx.Fuzz.</summary>
public sealed class EntryFuzzingTests(ITestOutputHelper output)
{
    private const int Seed = 1;
    private const int Cases = 256;

    [Theory]
    [MemberData(nameof(Models.Different), MemberType = typeof(Models))]
    public void VM_entries_of_mutated_VMCSs_end_alike_on_Bochs_and_SoftwareVmx_and_as_the_checker_says_or_it_is_known_why_not(string model)
    {
        TestMachine.SkipWithoutBochs();
        using var target = new BochsTarget(model);
        var run = new FuzzRun(target, BochsDeviations.Known, Seed);

        run.Execute(0, Cases);

        output.WriteLine(string.Join(", ", run.Ends.Select(static end => $"{end.Value} {end.Key}")));
        Assert.Equal(Cases, run.Cases);
        Assert.Equal(Cases, run.Agreed + run.Explained + run.Disagreements.Count);
        Assert.True(
            run.Disagreements.Count == 0,
            string.Join("\n\n", run.Disagreements.Select(comparison => comparison.Describe(target.Target)))
        );
        // All stages were reached, or there was little to compare.
        Assert.Subset(
            run.Ends.Keys.ToHashSet(),
            new HashSet<string> { "error 7", "error 8", "exit 33, qualification 0", "exit 34", "guest entered" }
        );
    }

    [Fact]
    public void Each_bit_of_each_field_that_VM_entry_checks_by_itself_counts_on_Bochs_as_the_checker_says()
    {
        TestMachine.SkipWithoutBochs();
        using var bochs = new BochsTarget("tigerlake");
        var target = bochs.Target;
        var run = new FuzzRun(bochs, BochsDeviations.Known, Seed);
        List<string> left = [];
        var guest = target.Guests.First();

        foreach (var feature in SystematicCases.FeaturesOf(target, guest, left))
            run.Execute(SystematicCases.Of(target, guest, feature, IsChecked, run.Cases));

        output.WriteLine($"{run.Cases} cases; the model cannot have: {string.Join("; ", left)}");
        Assert.True(run.Disagreements.Count == 0, string.Join("\n\n", run.Disagreements.Select(comparison => comparison.Describe(target))));
        // What the model lacks, by the names of features; all others were tried.
        Assert.Equal(
            [
                "process posted interrupts",
                "PASID translation",
                "enable HLAT",
                "IPI virtualization",
                "load PKRS, host",
                "load IA32_BNDCFGS",
                "load IA32_RTIT_CTL",
                "load UINV",
                "load IA32_LBR_CTL",
                "load PKRS",
                "load IA32_FRED",
            ],
            left.Select(static line => line.Split(": ")[0])
        );
        Assert.True(run.Rules.Count > 60, $"only {run.Rules.Count} rules decided a case");

        static bool IsChecked(VmcsField field) => VmcsFields.TryFind(field, out var info) && info.Check is not null;
    }

    [Fact]
    public void Cases_end_alike_together_and_each_by_itself()
    {
        TestMachine.SkipWithoutBochs();
        using var bochs = new BochsTarget("tigerlake");
        var target = bochs.Target;
        var tried = Enumerable
            .Range(0, 24)
            .Select(number => target.Create(Seed, number))
            .Select(one => (Case: one, Expectation: new EntryExpectation(target, one, target.Check(one), BochsDeviations.All)))
            .Where(static one => !one.Expectation.IsLast)
            .ToArray();
        FuzzCase[] cases = [.. tried.Select(static one => one.Case)];
        EntryExpectation[] expectations = [.. tried.Select(static one => one.Expectation)];

        var together = bochs.Observe(cases, expectations);
        var alone = new ProcessorMachine(bochs.Target).Observe(cases, expectations);

        Assert.Equal(1, bochs.Machines);
        Assert.Equal(alone.Select(static o => (o.End, o.Outcome, o.Text)), together.Select(static o => (o.End, o.Outcome, o.Text)));
        Assert.Equal(alone.Select(static o => o.Held), together.Select(static o => o.Held));
        Assert.Equal(alone.Select(static o => o.Effects.Launched), together.Select(static o => o.Effects.Launched));
    }

    [Fact]
    public void A_guest_that_walks_the_PDPTEs_as_another_structure_leaves_them_as_they_were()
    {
        TestMachine.SkipWithoutBochs();
        using var bochs = new BochsTarget("tigerlake");
        var target = bochs.Target;
        var table = target.Memory.PaePointerTable;
        var walk = new FuzzCase(Seed, 0, GuestKind.All[0], [new(VmcsField.GuestCr3, table)], []);
        var expectation = new EntryExpectation(target, walk, target.Check(walk), BochsDeviations.All);

        // By hand, to see that there is something to take back.
        var vmcs = target.Rig.Vmcs;
        target.Rig.Processor.Vmclear(target.Memory.CurrentVmcs).ThrowIfFailed("VMCLEAR");
        target.Rig.Processor.Vmptrld(target.Memory.CurrentVmcs).ThrowIfFailed("VMPTRLD");
        foreach (var (field, value) in target.VmcsOf(walk.Guest))
            vmcs.Access.Write(field, field == VmcsField.GuestCr3 ? table : value);
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.Cpuid), target.Rig.Launch());
        Assert.NotEqual(target.Memory.Pdptes, Pdptes());

        Assert.True(bochs.ObserveAlone(walk).Outcome.IsSuccess);
        Assert.Equal(target.Memory.Pdptes, Pdptes());
        Assert.All(
            bochs.Observe([walk, walk], [expectation, expectation]),
            static observation => Assert.True(observation.Outcome.IsSuccess)
        );
        Assert.Equal(target.Memory.Pdptes, Pdptes());

        byte[] Pdptes()
        {
            var bytes = new byte[target.Memory.Pdptes.Length];
            target.Rig.Processor.Memory.Read(table, bytes);
            return bytes;
        }
    }

    [Fact]
    public void A_case_is_the_same_whenever_it_is_made_up()
    {
        TestMachine.SkipWithoutBochs();
        using var first = new BochsTarget("corei7_sandy_bridge_2600k");
        using var second = new BochsTarget("corei7_sandy_bridge_2600k");
        for (var number = 0; number < 200; number++)
        {
            var one = first.Target.Create(Seed, number);
            var other = second.Target.Create(Seed, number);
            Assert.Equal(one.Describe(first.Target.VmcsOf(one.Guest)), other.Describe(second.Target.VmcsOf(other.Guest)));
            Assert.InRange(one.Fields.Count, 1, 4);
        }
    }

    [Fact]
    public void A_disagreement_is_found_and_described()
    {
        TestMachine.SkipWithoutBochs();
        using var target = new BochsTarget("corei7_skylake_x");
        // SDM 3C 27.3.1.4: RFLAGS bit 1 must be 1. A checker that did not know would be told by this.
        var one = new FuzzCase(Seed, 0, GuestKind.All[0], [new(VmcsField.GuestRflags, 0)], []);
        var observation = target.ObserveAlone(one);
        var twin = new SoftwareTwin(target);
        var blind = new EntryExpectation(target.Target, one, target.Target.Check(one, new Dictionary<VmcsField, ulong>()), []);
        var seeing = new EntryExpectation(target.Target, one, target.Target.Check(one), []);

        Assert.Equal(Verdict.Disagrees, blind.Judge(observation));
        Assert.Equal(Verdict.Agrees, seeing.Judge(observation));
        Assert.True(
            new Comparison(one, blind, observation, new Likeness(one, blind, observation, twin, BochsDeviations.Known)).IsUnexplained
        );
        var text = new Comparison(one, blind, observation, new Likeness(one, blind, observation, twin, BochsDeviations.Known)).Describe(
            target.Target
        );
        Assert.Contains("GuestRflags (0x6820): 0x2 -> 0x0", text, StringComparison.Ordinal);
        Assert.Contains("exit reason 33", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_software_processor_that_does_something_else_is_found()
    {
        TestMachine.SkipWithoutBochs();
        using var target = new BochsTarget("corei7_skylake_x");
        var twin = new SoftwareTwin(target);
        var valid = new FuzzCase(Seed, 0, GuestKind.All[0], [new(VmcsField.GuestRflags, 0x42)], []);
        var invalid = valid with { Fields = [new(VmcsField.GuestRflags, 0)] };
        var expectation = new EntryExpectation(target.Target, valid, target.Target.Check(valid), BochsDeviations.All);
        var observation = target.ObserveAlone(valid);

        Assert.True(new Likeness(valid, expectation, observation, twin, BochsDeviations.Known).IsAlike);
        // As if it had broken a rule that it keeps.
        Assert.False(new Likeness(invalid, expectation, observation, twin, BochsDeviations.Known).IsExplained);
        // As if it had not become launched.
        var launched = new EntryObservation(observation.End, observation.Outcome, observation.Text, observation.Held, EntryEffects.None);
        var likeness = new Likeness(valid, expectation, launched, twin, BochsDeviations.Known);
        Assert.False(likeness.IsExplained);
        Assert.Contains("launched", likeness.Differences);
    }
}
