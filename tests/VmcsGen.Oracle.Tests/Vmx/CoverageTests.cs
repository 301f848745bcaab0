using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>What of the facts and of the specs is compared with nothing, by name and with the reason.</summary>
public sealed class CoverageTests
{
    private const string NotVerified = "recalled and not verified";

    [Fact]
    public void Every_recorded_list_of_bits_is_compared() =>
        Check(
            VmxFacts.PartPaths,
            [
                .. ControlComparison.Groups.Select(static g => $"controls/{g.Group}/bits"),
                .. BitLayout.All.SelectMany(static l => l.Facts),
                .. BitLayoutTests.OtherSources.Select(static s => s.Facts),
            ],
            ("controls/secondary_proc_based/unverified_recalled", NotVerified),
            ("controls/tertiary_proc_based/unverified_recalled", NotVerified),
            ("instruction_information/generic_bochs", "the union of all instructions' operands")
        );

    [Fact]
    public void Every_recorded_list_of_values_is_compared() =>
        Check(
            VmxFacts.ValuePaths,
            ValueList.All.Select(static l => l.Facts),
            ("bits_by_group_count", "counts the facts themselves"),
            ("eptp/walk_length_values", "plain numbers, not an enum"),
            ("sdm/values/width", "widths, not an enum")
        );

    [Fact]
    public void Every_bit_field_of_the_specs_is_compared() =>
        Check(
            Named("bitfields"),
            [
                .. ControlComparison.Groups.Select(static g => g.Type),
                .. BitLayout.All.Select(static l => l.Type),
                nameof(VmcsRevision),
                nameof(EnlightenedVmcsCleanFields),
            ]
        );

    [Fact]
    public void Every_enum_of_the_specs_is_compared() =>
        Check(Named("enums"), [.. ValueList.All.Select(static l => l.Type), nameof(BasicExitReason), nameof(VmInstructionError)]);

    [Fact]
    public void Every_layout_of_the_specs_is_compared() =>
        Check(Named("layouts"), [nameof(Vmcs12), nameof(EnlightenedVmcs), nameof(VirtualizationExceptionInformation)]);

    // The names of all items of a kind in the built-in specs.
    private static IEnumerable<string> Named(string kind) =>
        Specs
            .Paths.Where(path => path.StartsWith($"spec/vmx/{kind}/", StringComparison.Ordinal))
            .SelectMany(path => Specs.Read(path).RootElement.GetProperty(kind).EnumerateArray())
            .Select(static item => item.GetProperty("name").GetString()!);

    private static void Check(IEnumerable<string> all, IEnumerable<string> compared, params (string Item, string Reason)[] leftOut)
    {
        var known = all.ToArray();
        var differences = new Differences(leftOut);
        var done = compared.ToHashSet();
        foreach (var item in known.Where(item => !done.Contains(item)))
            differences.Add(item, "is compared with nothing");
        foreach (var item in done.Except(known))
            differences.Add(item, "is compared, but there is no such thing");
        differences.AssertNone(null);
    }
}
