using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;
using Xunit;

namespace VmcsGen.Vmx.Tests;

/// <summary>
/// VMCSs of which only a part is known: what cannot be decided is told apart, and nothing is reported that more would take back.
/// </summary>
public class VmEntryUndecidedTests
{
    private static readonly EntryCase[] s_cases =
    [
        .. ControlCases.All,
        .. InjectionCases.All,
        .. HostCases.All,
        .. GuestCases.All,
        .. GuestStateCases.All,
    ];

    [Fact]
    public void Of_nothing_nothing_is_reported_and_every_rule_that_is_undecided_says_what_it_needs()
    {
        var report = VmEntryChecker.CheckKnown(new Dictionary<VmcsField, ulong>());

        Assert.Empty(report.Violations);
        Assert.InRange(report.Undecided.Count, VmEntryChecker.Rules.Count - 10, VmEntryChecker.Rules.Count);
        Assert.All(report.Undecided, static rule => Assert.NotEmpty(rule.Needs));
        Assert.Contains($"{report.Undecided.Count} rules cannot be decided:", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_rule_needs_is_named()
    {
        var report = VmEntryChecker.CheckKnown(new Dictionary<VmcsField, ulong> { [VmcsField.Cr3TargetCount] = 3 });

        Assert.Equal(["IA32_VMX_MISC (485H)"], Undecided("Cr3TargetCountSupported").Needs);
        Assert.Equal(["GuestRflags (0x6820)"], Undecided("GuestRflagsFixedBit").Needs);
        Assert.Equal(
            "GuestRflagsFixedBit (SDM 3C 27.3.1.4) cannot be decided: it needs GuestRflags (0x6820).",
            Undecided("GuestRflagsFixedBit").ToString()
        );

        VmEntryUndecidedRule Undecided(string rule) => Assert.Single(report.Undecided, one => one.Rule.Name == rule);
    }

    [Fact]
    public void Fixed_bits_need_the_MSRs_of_both_that_are_not_known()
    {
        var known = new Dictionary<VmcsField, ulong> { [VmcsField.GuestCr4] = 0x6154 };

        var nothing = VmEntryChecker.CheckKnown(known);
        var one = VmEntryChecker.CheckKnown(known, new MsrValues { [VmxMsr.Ia32VmxCr4Fixed1] = 0x3727FF });

        var undecided = Assert.Single(nothing.Undecided, static rule => rule.Rule.Name == "GuestCr4FixedBits");
        Assert.Equal(["IA32_VMX_CR4_FIXED0 (488H)", "IA32_VMX_CR4_FIXED1 (489H)"], undecided.Needs.Order());
        undecided = Assert.Single(one.Undecided, static rule => rule.Rule.Name == "GuestCr4FixedBits");
        Assert.Equal(["IA32_VMX_CR4_FIXED0 (488H)"], undecided.Needs);
    }

    [Fact]
    public void What_is_known_is_decided_whatever_else_is_not()
    {
        var report = VmEntryChecker.CheckKnown(
            new Dictionary<VmcsField, ulong>
            {
                [VmcsField.GuestRflags] = 0,
                [VmcsField.HostTrSelector] = 0,
                [VmcsField.VmcsLinkPointer] = 0x123,
            }
        );

        Assert.Equal(
            ["GuestRflagsFixedBit", "HostTrSelectorNotNull", "VmcsLinkPointerAlignment"],
            report.Violations.Select(static violation => violation.Rule.Name).Order()
        );
    }

    [Fact]
    public void Rules_on_memory_are_undecided_without_memory()
    {
        var scene = EntryCase.Long();
        scene[VmcsField.VmcsLinkPointer] = EntryScene.LinkedVmcs;
        scene.Context = scene.Context with { Memory = null };

        var report = scene.Check();

        Assert.Empty(report.Violations);
        Assert.Equal(
            ["VmcsLinkPointerRevisionIdentifier", "VmcsLinkPointerShadowIndicator"],
            report.Undecided.Select(static rule => rule.Rule.Name).Order()
        );
        Assert.All(report.Undecided, static rule => Assert.Equal([$"memory at 0x{EntryScene.LinkedVmcs:X}"], rule.Needs));
    }

    [Fact]
    public void With_everything_known_the_report_is_the_usual_one()
    {
        foreach (var one in s_cases)
        {
            var scene = Broken(one);
            var report = VmEntryChecker.CheckKnown(FieldsOf(scene), MsrsOf(scene, static _ => true), scene.Context);
            Assert.Empty(report.Undecided);
            Assert.Equal(scene.Check().ToString(), report.ToString());
        }
    }

    [Fact]
    public void Of_any_part_only_what_the_whole_breaks_is_reported_and_the_rest_of_it_is_undecided()
    {
        var random = new Random(1);
        var (reported, undecided) = (0, 0);
        foreach (var one in s_cases)
        {
            var scene = Broken(one);
            var whole = scene.Check().Violations.Select(NameOf).ToHashSet();
            for (var share = 0; share <= 100; share += 20)
            {
                var known = FieldsOf(scene).Where(_ => random.Next(100) < share).ToDictionary();
                var msrs = MsrsOf(scene, _ => random.Next(100) < share + 10);
                var report = VmEntryChecker.CheckKnown(known, msrs, random.Next(100) < share + 20 ? scene.Context : null);

                var part = report.Violations.Select(NameOf).ToHashSet();
                Assert.True(part.IsSubsetOf(whole), $"{one.Rule}, {share} %: {string.Join(", ", part.Except(whole))}\n{report}");
                var open = report.Undecided.Select(static rule => rule.Rule.Name).ToHashSet();
                Assert.True(
                    whole.Except(part).All(name => open.Contains(name.Split(' ')[0])),
                    $"{one.Rule}, {share} %: neither reported nor undecided: {string.Join(", ", whole.Except(part))}\n{report}"
                );
                (reported, undecided) = (reported + part.Count, undecided + (whole.Count - part.Count));
            }
        }
        Assert.True(reported > 300 && undecided > 300, $"{reported} reported, {undecided} undecided: the parts are too alike.");
    }

    [Fact]
    public void A_part_of_a_valid_VMCS_breaks_no_rule()
    {
        var random = new Random(2);
        foreach (
            var start in (Func<EntryScene>[])
                [EntryCase.Long, EntryCase.Flat, EntryCase.Pae, EntryCase.PaeEpt, EntryCase.Old, EntryCase.Real, EntryCase.Fred]
        )
        {
            var fields = FieldsOf(start());
            for (var round = 0; round < 100; round++)
            {
                var report = VmEntryChecker.CheckKnown(
                    fields.Where(_ => random.Next(100) < round).ToDictionary(),
                    MsrsOf(start(), _ => random.Next(100) < 90),
                    round % 3 == 0 ? null : start().Context
                );
                Assert.True(report.IsValid, report.ToString());
            }
        }
    }

    private static EntryScene Broken(EntryCase one)
    {
        var scene = one.Start();
        one.Break(scene);
        return scene;
    }

    // The rule, and the field that is named first: a rule may be about several.
    private static string NameOf(VmEntryViolation violation) =>
        violation.Fields.Count == 0 ? violation.Rule.Name : $"{violation.Rule.Name} {violation.Fields[0].Name}";

    private static Dictionary<VmcsField, ulong> FieldsOf(EntryScene scene)
    {
        var fields = new Dictionary<VmcsField, ulong>();
        foreach (ref readonly var info in VmcsFields.All)
        {
            if (scene.Capabilities.Supports(info.Field) && scene.Vmcs.Access.TryRead(info.Field, out var value).IsSuccess)
                fields.Add(info.Field, value);
        }
        return fields;
    }

    private static MsrValues MsrsOf(EntryScene scene, Func<VmxMsr, bool> isKnown)
    {
        var msrs = new MsrValues();
        foreach (var (msr, value) in scene.Msrs)
        {
            if (isKnown(msr))
                msrs[msr] = value;
        }
        return msrs;
    }
}
