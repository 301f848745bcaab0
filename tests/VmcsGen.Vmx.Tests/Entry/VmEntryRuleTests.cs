using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>Each rule by itself: a VMCS that keeps all rules, one thing broken, and the report's remedy.</summary>
public class VmEntryRuleTests
{
    private static readonly EntryCase[] Cases =
    [
        .. ControlCases.All,
        .. InjectionCases.All,
        .. HostCases.All,
        .. GuestCases.All,
        .. GuestStateCases.All,
    ];

    public static TheoryData<int, string> Numbers
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (var i = 0; i < Cases.Length; i++)
                data.Add(i, Cases[i].Rule);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Breaking_one_thing_is_found_as_one_rule_and_what_the_report_says_mends_it(int number, string rule)
    {
        var (_, start, @break, mend, outcome) = Cases[number];
        var scene = start();
        AssertValid(scene.Check());

        @break(scene);
        var report = scene.Check();
        Assert.Equal(Cases[number].Also.Append(rule).Order(), Names(report).Order());
        Assert.Equal(outcome, report.Outcome);
        Assert.All(report.Violations, static v => Assert.True(v.Finding.EndsWith('.') && v.Remedy.EndsWith('.'), v.ToString()));

        mend(scene);
        AssertValid(scene.Check());
    }

    [Fact]
    public void Every_rule_has_a_case() =>
        Assert.Equal(
            VmEntryChecker.Rules.Select(static r => r.Name).Order(),
            Cases.Select(static c => c.Rule).Concat(VmEntryFieldRuleTests.Rules).Distinct().Order()
        );

    [Fact]
    public void Rules_have_names_of_their_own() =>
        Assert.Equal(VmEntryChecker.Rules.Count, VmEntryChecker.Rules.Select(static r => r.Name).Distinct().Count());

    [Fact]
    public void Ten_broken_guests_are_told_what_is_wrong_by_rule_section_field_and_value()
    {
        foreach (var (rule, section, field) in Examples)
        {
            var example = Cases.First(c => c.Rule == rule);
            var scene = example.Start();
            example.Break(scene);
            var text = scene.Check().ToString();
            Assert.Contains($"\n- {rule} (SDM 3C {section}): ", text, StringComparison.Ordinal);
            Assert.Contains(
                $"\n    {field} = 0x{scene[VmcsFields.TryFind(field, out var info) ? info.Field : default]:X}",
                text,
                StringComparison.Ordinal
            );
            Assert.Contains("\n    To satisfy it: ", text, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<(string Rule, string Section, string Field)> Examples =>
        [
            ("VirtualNmisNeedNmiExiting", "27.2.1.1", "PinBasedControls"),
            ("EptPointerMemoryType", "27.2.1.1", "EptPointer"),
            ("VmExitMsrStoreAreaAlignment", "27.2.1.2", "VmExitMsrStoreAddress"),
            ("InjectedErrorCodeMissing", "27.2.1.3", "EntryInterruptionInformation"),
            ("HostCr4FixedBits", "27.2.2", "HostCr4"),
            ("HostTrSelectorNotNull", "27.2.3", "HostTrSelector"),
            ("HostRipCanonical", "27.2.4", "HostRip"),
            ("GuestCsAccessRightsType", "27.3.1.2", "GuestCsAccessRights"),
            ("GuestRflagsFixedBit", "27.3.1.4", "GuestRflags"),
            ("VmcsLinkPointerAlignment", "27.3.1.5", "VmcsLinkPointer"),
        ];

    // Rules on memory that a scene does not have are undecided.
    private static void AssertValid(VmEntryReport report)
    {
        Assert.True(report.IsValid, report.ToString());
        Assert.StartsWith("VM entry breaks no rule that was checked.", report.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(VmEntryReport report) => report.Violations.Select(static v => v.Rule.Name).Distinct();
}
