using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>Every rule of VM entry, broken on a software processor that has all fields, by VMLAUNCH.</summary>
public sealed class EntryRuleTests
{
    private static readonly (string Rule, EntryScene Scene, VmEntryOutcome Outcome)[] s_broken =
    [
        .. VmEntryRuleTests.Cases.Select(Break),
        .. VmEntryFieldRuleTests.Broken,
    ];

    public static TheoryData<int, string> Numbers
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (var i = 0; i < s_broken.Length; i++)
                data.Add(i, s_broken[i].Rule);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void VMLAUNCH_of_a_VMCS_that_breaks_a_rule_ends_as_the_rule_says(int number, string rule)
    {
        var (_, scene, outcome) = s_broken[number];
        var processor = EntryRuleMachine.Of(scene);
        var report = VmEntryChecker.Diagnose(processor);
        Assert.Contains(rule, report.Violations.Select(static violation => violation.Rule.Name));

        processor.IsBlockedByMovSs = scene.Context.IsBlockedByMovSs;
        GeneralRegisters registers = default;
        var result = processor.Vmlaunch(ref registers);

        Assert.Equal(outcome.Result, result);
        Assert.Equal(0, ((ScriptedExecutor)processor.Executor!).Runs);
        if (!outcome.IsExit)
            return;
        var exit = VmExit.Read(processor.CurrentVmcs);
        Assert.Equal((outcome.ExitReason, outcome.Qualification), (exit.Reason, exit.Qualification));
    }

    [Fact]
    public void Every_rule_is_broken_by_a_VMLAUNCH() =>
        Assert.Equal(
            VmEntryChecker.Rules.Select(static rule => rule.Name).Order(),
            s_broken.Select(static broken => broken.Rule).Distinct().Order()
        );

    [Theory]
    [MemberData(nameof(Starts))]
    public void What_the_rules_are_broken_in_can_be_entered(int number)
    {
        var processor = EntryRuleMachine.Of(VmEntryRuleTests.Cases[number].Start());
        GeneralRegisters registers = default;
        processor.Vmlaunch(ref registers).ThrowIfFailed("VMLAUNCH");
        Assert.Equal(BasicExitReason.Cpuid, processor.CurrentVmcs.ExitReason.BasicReason);
        Assert.False(processor.CurrentVmcs.ExitReason.EntryFailure);
    }

    public static TheoryData<int> Starts => [.. Enumerable.Range(0, VmEntryRuleTests.Cases.Length)];

    private static (string Rule, EntryScene Scene, VmEntryOutcome Outcome) Break(EntryCase broken)
    {
        var scene = broken.Start();
        broken.Break(scene);
        return (broken.Rule, scene, broken.Outcome);
    }
}
