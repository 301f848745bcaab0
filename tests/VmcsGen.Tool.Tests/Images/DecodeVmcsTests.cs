using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Tests;
using Xunit;

namespace VmcsGen.Tool.Tests.Images;

/// <summary>Pages with VMCSs: every field is found where the kernel keeps it, and what is wrong with them is told.</summary>
public class DecodeVmcsTests
{
    private static readonly (string Name, FactPage Page)[] s_kinds = [("vmcs12", FactPage.Vmcs12), ("evmcs", FactPage.Enlightened)];

    public static TheoryData<string> Kinds => [.. s_kinds.Select(static kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_field_is_read_where_the_kernel_keeps_it(string kind)
    {
        var page = PageOf(kind);
        var values = page.Fields.ToDictionary(static field => field, static field => Distinct(field));

        using var json = JsonDocument.Parse(ToolRun.Of(page.Write(values), "decode", "-", "--as", kind, "--json").Output);
        var fields = json.RootElement.GetProperty("parts")[0].GetProperty("fields");

        Assert.All(values, value => Assert.Equal($"0x{value.Value:X}", fields.GetProperty(value.Key.ToString()).GetString()));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_kind_is_told_by_the_content(string kind)
    {
        using var json = JsonDocument.Parse(
            ToolRun.Of(PageOf(kind).Write(SceneFields.Of(EntryCase.Long())), "decode", "-", "--json").Output
        );

        Assert.Equal(kind, json.RootElement.GetProperty("kind").GetString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_breaks_a_rule_in_a_page_is_what_the_checker_finds_in_its_fields(string kind)
    {
        var page = PageOf(kind);
        var broken = 0;
        foreach (var one in (EntryCase[])[.. GuestCases.All, .. GuestStateCases.All, .. HostCases.All])
        {
            var scene = one.Start();
            one.Break(scene);
            var fields = SceneFields.Of(scene);
            var run = ToolRun.Of(page.Write(fields), "decode", "-", "--as", kind, "--json");

            using var json = JsonDocument.Parse(run.Output);
            var found = json
                .RootElement.GetProperty("parts")[0]
                .GetProperty("broken")
                .EnumerateArray()
                .Select(static rule => rule.GetProperty("rule").GetString())
                .ToArray();
            var known = page.Fields.ToDictionary(static field => field, field => fields.GetValueOrDefault(field));
            // Two layouts store more than Linux maps; what is not mapped is 0.
            var expected = VmEntryChecker.CheckKnown(known).Violations.Select(static violation => violation.Rule.Name).ToArray();
            Assert.Subset(found.ToHashSet(), expected.ToHashSet<string?>());
            Assert.Equal(found.Length == 0 ? 0 : 1, run.ExitCode);
            broken += found.Length;
        }
        Assert.True(broken > 50, $"{broken} broken rules were found: the VMCSs are too good.");
    }

    [Fact]
    public void A_value_is_told_in_words_with_its_place()
    {
        var page = FactPage.Vmcs12.Write(new Dictionary<VmcsField, ulong> { [VmcsField.GuestInterruptibilityState] = 9 });

        var run = ToolRun.Of(page, "decode", "-");

        var line = Assert.Single(
            run.Output.Split('\n'),
            static line => line.Contains("GuestInterruptibilityState  0x9", StringComparison.Ordinal)
        );
        Assert.Contains($"0x{FactPage.Vmcs12.OffsetOf(VmcsField.GuestInterruptibilityState):X4}", line, StringComparison.Ordinal);
        Assert.Contains("BlockingBySti, BlockingByNmi", line, StringComparison.Ordinal);
        Assert.DoesNotContain("GuestRip ", run.Output, StringComparison.Ordinal);
        Assert.Contains("GuestRip ", ToolRun.Of(page, "decode", "-", "--all").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_region_within_a_file_is_read_at_its_offset()
    {
        var page = FactPage.Vmcs12.Write(new Dictionary<VmcsField, ulong> { [VmcsField.GuestRip] = 0x1234_5678 });
        byte[] file = [.. new byte[300_000], .. page, .. new byte[100_000]];
        using var stored = new TemporaryFile(file);

        var piped = ToolRun.Of(file, "decode", "-", "--as", "vmcs12", "--offset", "300000", "--json");
        var read = ToolRun.Of("decode", stored.Path, "--as", "vmcs12", "--offset", "0x493E0", "--json");

        Assert.Contains("\"GuestRip\": \"0x12345678\"", piped.Output, StringComparison.Ordinal);
        Assert.Equal(piped.Output, read.Output);
    }

    private static FactPage PageOf(string kind) => s_kinds.Single(one => one.Name == kind).Page;

    // Told apart in any width.
    private static ulong Distinct(VmcsField field)
    {
        var value = 0x9E37_79B9_7F4A_7C15 * ((ulong)field + 1);
        return field.Size == sizeof(ulong) ? value : value >> (64 - (8 * field.Size));
    }
}
