using System;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>The generated VMCS layouts against the recorded ones.</summary>
public sealed class LayoutTests(ITestOutputHelper output)
{
    private static readonly string[] SinceLinux618 =
    [
        "host_s_cet",
        "host_ssp",
        "host_ssp_tbl",
        "guest_s_cet",
        "guest_ssp",
        "guest_ssp_tbl",
    ];

    [Fact]
    public void Vmcs12_has_the_members_that_newest_KVM_has()
    {
        var facts = LayoutFacts.ReadVmcs12("current");
        Compare(facts, nameof(Vmcs12));
    }

    [Fact]
    public void Vmcs12_has_the_members_of_Linux_6_12_in_their_places_and_those_since_6_18()
    {
        var old = LayoutFacts.ReadVmcs12("linux_6_12");
        var differences = new Differences([.. SinceLinux618.Select(static name => (name, "since Linux 6.18"))]);
        var compared = LayoutComparison.Compare(old, GeneratedVmx.Runtime.Layouts[nameof(Vmcs12)], differences);
        LayoutComparison.CompareBack(old, GeneratedVmx.Runtime.Layouts[nameof(Vmcs12)], differences);
        output.WriteLine($"{compared.Members} members, {compared.Stored} of them VMCS fields");
        differences.AssertNone(output);
        Assert.NotEqual(0, compared.Stored);
    }

    [Fact]
    public void Layouts_have_the_recorded_sizes_and_revision()
    {
        var differences = new Differences();
        LayoutFormats.CompareSizes(GeneratedVmx.Runtime, differences);
        differences.AssertNone(output);
    }

    [Fact]
    public void The_enlightened_VMCS_has_the_members_that_Hyper_V_has()
    {
        Compare(LayoutFacts.ReadEnlightenedVmcs(), nameof(EnlightenedVmcs));
    }

    [Fact]
    public void The_virtualization_exception_area_has_its_members()
    {
        var differences = new Differences(LayoutFormats.BusyFlag);
        LayoutFormats.CompareVirtualizationException(GeneratedVmx.Runtime, differences);
        differences.AssertNone(output);
    }

    [Fact]
    public void The_list_of_members_of_Vmcs12_is_that_of_its_fields() => CheckList<Vmcs12>(LayoutFacts.ReadVmcs12("current"));

    [Fact]
    public void The_list_of_members_of_the_enlightened_VMCS_is_that_of_its_fields() =>
        CheckList<EnlightenedVmcs>(LayoutFacts.ReadEnlightenedVmcs());

    [Fact]
    public void A_member_of_the_enlightened_VMCS_belongs_to_its_recorded_group_of_clean_fields()
    {
        var masks = CleanFieldFacts.Masks;
        var differences = new Differences();
        var members = EnlightenedVmcs.Members.ToArray().Where(static m => m.Field is not null).ToArray();
        foreach (var member in members)
            differences.Check(member.Name, "clean fields", $"0x{masks[(uint)member.Field!.Value]:X}", $"0x{member.CleanMask:X}");
        output.WriteLine($"{members.Length} members");
        differences.AssertNone(output);
        Assert.Equal(masks.Count, members.Length);
    }

    [Fact]
    public void The_recorded_high_halves_lie_in_the_upper_four_bytes()
    {
        var facts = LayoutFacts.ReadVmcs12("current");
        var halves = facts.Fields.Where(static f => f.Encodings?.Count == 2).ToArray();
        Assert.Equal(
            Vmcs12
                .Members.ToArray()
                .Where(static m => m.Field?.Width == VmcsFieldWidth.Bits64)
                .Select(static m => (uint)m.Field!.Value)
                .Order(),
            halves.Select(static f => f.Encoding!.Value).Order()
        );
        Assert.All(
            halves,
            static f =>
            {
                Assert.Equal(f.Encoding | 1, Hex.Parse(f.Encodings![1].Encoding));
                Assert.Equal(f.Offset + 4, f.Encodings[1].Offset);
            }
        );
    }

    private void Compare(LayoutFacts facts, string name)
    {
        var differences = new Differences();
        var generated = GeneratedVmx.Runtime.Layouts[name];
        var compared = LayoutComparison.Compare(facts, generated, differences);
        LayoutComparison.CompareBack(facts, generated, differences);
        output.WriteLine($"{facts.Fields.Count} members, {compared.Members} without padding, {compared.Stored} of them VMCS fields");
        differences.AssertNone(output);
        Assert.NotEqual(0, compared.Stored);
    }

    private static void CheckList<TLayout>(LayoutFacts facts)
        where TLayout : IVmcsLayout
    {
        var differences = new Differences();
        var fields = GeneratedVmx.Runtime.Layouts[typeof(TLayout).Name].Members;
        var listed = TLayout.Members.ToArray().ToDictionary(static m => m.NativeName ?? m.Name);
        foreach (var fact in facts.Members)
        {
            if (!listed.Remove(fact.Name, out var member))
            {
                differences.Add(fact.Name, "is not listed");
                continue;
            }
            differences.Check(fact.Name, "offset", fact.Offset, member.Offset);
            differences.Check(fact.Name, "size", fact.Size, member.Size);
            differences.Check(fact.Name, "encoding", fact.Encoding, (uint?)member.Field);
            differences.Check(fact.Name, "C# name", fields[fact.Name].Field.Name, member.Name);
        }
        foreach (var name in listed.Keys)
            differences.Add(name, "is listed and not recorded");
        differences.AssertNone(null);
    }
}
