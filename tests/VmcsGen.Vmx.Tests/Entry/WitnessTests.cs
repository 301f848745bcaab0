using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using VmcsGen.Vmx.Entry;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>The witnesses of the rules of VM entry, which other hypervisors' tests can use, say what is so.</summary>
public sealed class WitnessTests
{
    /// <summary>The repository.</summary>
    internal static readonly string Root = typeof(WitnessTests)
        .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(static a => a.Key == "RepositoryRoot")
        .Value!;

    private static readonly string s_path = Path.Combine(Root, "tests", "witnesses", "vm-entry.json");

    private static readonly Lazy<WitnessFile> s_file = new(static () => WitnessFile.Parse(File.ReadAllText(s_path)));

    public static TheoryData<string> Rules => [.. s_file.Value.Witnesses.Select(static witness => witness.Rule)];

    [Fact]
    public void The_file_has_what_the_tests_break_the_rules_with()
    {
        var made = WitnessFile.Of(Scenes()).Text;
        if (Environment.GetEnvironmentVariable("VMCSGEN_ACCEPT_SNAPSHOTS") == "1")
            File.WriteAllText(s_path, made);
        Assert.Equal(made, File.ReadAllText(s_path));
    }

    [Fact]
    public void Every_rule_has_a_witness() =>
        Assert.Equal(
            VmEntryChecker.Rules.Select(static rule => rule.Name).Order(),
            s_file.Value.Witnesses.Select(static witness => witness.Rule).Order()
        );

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_witness_read_from_the_file_breaks_its_rule_and_no_other(string rule)
    {
        var file = s_file.Value;
        var witness = file.Witnesses.Single(witness => witness.Rule == rule);
        var msrs = new MsrValues();
        foreach (var (index, value) in file.Processors[witness.Processor])
            msrs.Add((uint)Witness.Number(index), Witness.Number(value));
        var vmcs = new Vmcs<TestVmcs>(new TestVmcs());
        foreach (var (field, value) in file.Starts[witness.Start].Concat(witness.Change))
            vmcs.Access.Write((VmcsField)Witness.Number(field), Witness.Number(value));

        var report = VmEntryChecker.Check(vmcs, VmxCapabilities.Read(msrs), witness.ReadContext());

        Assert.Equal(
            (witness.Also ?? []).Append(rule).Order(),
            report.Violations.Select(static violation => violation.Rule.Name).Distinct().Order()
        );
        Assert.Equal(witness.Outcome, report.Outcome.ToString());
    }

    // Of several ways to break a rule the first that breaks no other.
    private static IEnumerable<(string Rule, string[] Also, EntryScene Start, EntryScene Broken, VmEntryOutcome Outcome)> Scenes()
    {
        var cases = VmEntryRuleTests
            .Cases.GroupBy(static one => one.Rule)
            .Select(static ways => ways.OrderBy(static one => one.Also.Length).First())
            .Select(static one =>
            {
                var broken = one.Start();
                one.Break(broken);
                return (one.Rule, one.Also, one.Start(), broken, one.Outcome);
            });
        var fields = VmEntryFieldRuleTests.Broken.Select(static one =>
            (one.Rule, Array.Empty<string>(), VmEntryFieldRuleTests.Everything(), one.Scene, one.Outcome)
        );
        var rules = VmEntryChecker.Rules.Select(static (rule, i) => (rule.Name, i)).ToDictionary();
        return cases.Concat(fields).OrderBy(scene => rules[scene.Item1]);
    }
}
