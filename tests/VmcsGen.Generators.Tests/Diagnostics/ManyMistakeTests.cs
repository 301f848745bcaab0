using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>More than one mistake, or one that spreads.</summary>
public class ManyMistakeTests
{
    [Fact]
    public void Every_broken_file_is_reported_and_the_whole_one_generates()
    {
        var run = GeneratorRun.Of(
            new SpecText("a.vmcs.yaml", ""),
            new SpecText("b.vmcs.yaml", "kind: [\n"),
            new SpecText("c.vmcs.yaml", "kind: enums\nenums:\n  - { nam: AcmeFirst, size: 8, values: [] }\n"),
            new SpecText("d.vmcs.yaml", "kind: vmcs-fields\nfields:\n  - { name: AcmeIndex, encoding: 0x9070 }\n"),
            new SpecText("e.vmcs.yaml", "kind: enums\nenums:\n  - { name: AcmeWhole, size: 8, values: [] }\n")
        );
        Assert.Equal(
            [("a.vmcs.yaml", "VMCS0001"), ("b.vmcs.yaml", "VMCS0001"), ("c.vmcs.yaml", "VMCS0004"), ("d.vmcs.yaml", "VMCS0012")],
            Found(run).Order()
        );
        Assert.Equal(["AcmeWhole.g.cs"], run.Sources.Select(static s => s.Hint));
    }

    [Fact]
    public void Mistakes_beyond_a_hundred_are_counted()
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "a.vmcs.yaml",
                "kind: enums\nenums:\n"
                    + string.Concat(Enumerable.Repeat("  - { name: AcmeFirst, size: 7, values: [] }\n", 250))
                    + "  - { name: AcmeWhole, size: 8, values: [] }\n"
            )
        );
        Assert.Equal(101, run.Diagnostics.Count);
        var last = Assert.Single(run.Diagnostics, static d => d.Id == "VMCS0026");
        Assert.Equal(
            (102, "There are 150 more mistakes from here on: mend those above first"),
            (last.Location.GetLineSpan().StartLinePosition.Line, last.GetMessage(CultureInfo.InvariantCulture))
        );
        Assert.Equal(["AcmeWhole.g.cs"], run.Sources.Select(static s => s.Hint));
    }

    [Fact]
    public void Bits_that_files_add_to_one_bit_field_must_not_collide()
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "a.vmcs.yaml",
                "kind: bitfields\nbitfields: [{ extends: PinBasedControls, bits: [{ bit: 30, name: AcmeFirst }] }]\n"
            ),
            new SpecText(
                "b.vmcs.yaml",
                "kind: bitfields\nbitfields: [{ extends: PinBasedControls, bits: [{ bit: 30, name: AcmeSecond }] }]\n"
            ),
            new SpecText(
                "c.vmcs.yaml",
                "kind: bitfields\nbitfields: [{ extends: PinBasedControls, bits: [{ bit: 31, name: AcmeFirst }] }]\n"
            ),
            new SpecText("d.vmcs.yaml", "kind: vmcs-fields\nfields: [{ name: AcmeField, encoding: 0x4070, exists-when: AcmeFirst }]\n")
        );
        Assert.Equal([("b.vmcs.yaml", "VMCS0016"), ("c.vmcs.yaml", "VMCS0009")], Found(run));
        Assert.Contains("\"PinBasedControls.AcmeFirst\"", run.Source("DVmcsFields.g.cs"));
    }

    [Fact]
    public void Every_mistake_of_one_item_is_reported() =>
        Assert.Equal(
            ["VMCS0004", "VMCS0007", "VMCS0007", "VMCS0008"],
            Found(
                    GeneratorRun.Of(
                        new SpecText(
                            "a.vmcs.yaml",
                            "kind: enums\nenums:\n  - { name: int, size: 7, flags: maybe, colour: red, values: [] }\n"
                        )
                    )
                )
                .Select(static f => f.Id)
                .Order()
        );

    [Fact]
    public void Name_taken_by_an_earlier_file_is_reported_in_the_later_one()
    {
        var spec = "kind: enums\nenums:\n  - { name: AcmeFirst, size: 8, values: [] }\n";
        var other = spec.Replace("size: 8", "size: 16", System.StringComparison.Ordinal);
        var run = GeneratorRun.Of(new SpecText("a.vmcs.yaml", spec), new SpecText("b.vmcs.yaml", other));
        Assert.Equal([("b.vmcs.yaml", "VMCS0009")], Found(run));
        Assert.Single(run.Sources);
    }

    [Fact]
    public void Unreadable_member_is_reported_and_its_struct_left_out()
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "a.vmcs.yaml",
                """
                kind: kvm-structs
                structs:
                  - { name: acme_first, size: 8, members: [{ name: a, type: __u32 }, { nam: b, type: __u32 }] }
                  - { name: acme_second, size: 8, members: [{ name: a, type: __u64 }] }
                """
            )
        );
        Assert.Equal(["VMCS0004"], Found(run).Select(static f => f.Id));
        Assert.Equal(["AcmeSecond.g.cs"], run.Sources.Select(static s => s.Hint));
    }

    [Theory]
    [InlineData("{ name: b, type: struct acme_broken }")]
    [InlineData("{ union: [{ name: b, type: struct acme_broken }, { name: c, type: __u8 }] }")]
    [InlineData("{ name: b, struct: [{ name: c, type: struct acme_broken }] }")]
    public void Mistake_in_a_struct_is_reported_where_it_is_and_not_where_it_is_held(string holder)
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "a.vmcs.yaml",
                $$"""
                kind: kvm-structs
                structs:
                  - { name: acme_holder, size: 16, members: [{ name: a, type: __u64 }, {{holder}}] }
                  - { name: acme_broken, size: 4, members: [{ name: a, type: __u64 }] }
                  - { name: acme_whole, size: 8, members: [{ name: a, type: __u64 }] }
                """
            )
        );
        Assert.Equal([(3, "VMCS0020")], run.Diagnostics.Select(static d => (d.Location.GetLineSpan().StartLinePosition.Line, d.Id)));
        Assert.Equal(["AcmeWhole.g.cs"], run.Sources.Select(static s => s.Hint));
    }

    [Fact]
    public void Structs_that_contain_each_other_are_left_out_with_a_reason()
    {
        var run = GeneratorRun.Of(
            new SpecText(
                "a.vmcs.yaml",
                """
                kind: kvm-structs
                structs:
                  - { name: acme_first, size: 8, members: [{ name: a, type: struct acme_second }] }
                  - { name: acme_second, size: 8, members: [{ name: a, type: struct acme_first }] }
                """
            )
        );
        Assert.NotEmpty(run.Diagnostics);
        Assert.All(run.Diagnostics, static d => Assert.Equal("VMCS0024", d.Id));
        Assert.Empty(run.Sources);
    }

    // Each of the others refers to the one before it, and the first has a mistake of its own.
    private static readonly string[] Chain =
    [
        "kind: enums\nenums: [{ name: AcmeMode, size: 32, values: [{ name: A, value: 1 }, { name: B, value: ▶ }] }]\n",
        "kind: bitfields\nbitfields:\n  - { name: AcmeBits, size: 32, bits: [{ bits: 0-31, name: Mode, enum: AcmeMode }] }\n"
            + "  - { extends: AcmeBits, bits: [] }\n",
        "kind: vmcs-fields\nfields:\n  - { name: AcmeField, encoding: 0x4070, type: AcmeBits }\n"
            + "  - { name: AcmeOther, encoding: 0x4072, exists-when: AcmeBits.Mode }\n",
        "kind: layouts\nlayouts: [{ name: AcmePage, size: 8, fields: [{ offset: 0, field: AcmeField }] }]\n",
        "kind: kvm-structs\nstructs:\n  - { name: acme_state, size: 4, members: [{ name: mode, type: __u32, enum: AcmeMode }] }\n"
            + "  - { name: acme_holder, size: 4, members: [{ name: state, type: struct acme_state }] }\n",
        "kind: kvm-ioctls\nioctls: [{ name: KVM_ACME, number: 1, direction: read, argument: struct acme_holder, descriptor: vm }]\n",
    ];

    [Theory]
    [InlineData("-1", "VMCS0007")]
    [InlineData("1", "VMCS0017")]
    [InlineData("[", "VMCS0001")]
    [InlineData("*b", "VMCS0002")]
    [InlineData("2, colour: red", "VMCS0004")]
    public void Broken_item_is_named_once_and_takes_away_what_needs_it(string value, string id)
    {
        var specs = Chain.Select((text, n) => new SpecText($"{n}.vmcs.yaml", text.Replace("▶", value, System.StringComparison.Ordinal)));
        var run = GeneratorRun.Of([.. specs]);
        Assert.Equal([("0.vmcs.yaml", id)], Found(run));
        Assert.Empty(run.Sources);
        Assert.Equal(
            9,
            GeneratorRun.Of([.. Chain.Select(static (text, n) => new SpecText($"{n}.yaml", text.Replace('▶', '2')))]).Sources.Count
        );
    }

    [Fact]
    public void Mistake_in_the_head_of_a_file_takes_away_its_items_and_what_needs_them()
    {
        var run = GeneratorRun.Of([
            new("0.vmcs.yaml", Chain[0].Replace('▶', '2') + "namespace: 'Acme; class Injected { } //'\n"),
            .. Chain.Skip(1).Select(static (text, n) => new SpecText($"{n + 1}.vmcs.yaml", text)),
        ]);
        Assert.Equal([("0.vmcs.yaml", "VMCS0008")], Found(run));
        Assert.Empty(run.Sources);
    }

    [Fact]
    public void File_that_is_listed_twice_counts_once()
    {
        var spec =
            "kind: vmcs-fields\nfields:\n  - { name: AcmeFirst, encoding: 0x4070 }\n  - { name: AcmeSecond, encoding: 0x4072, exists-when: Nothing }\n";
        var run = GeneratorRun.Of(new SpecText("a.vmcs.yaml", spec), new SpecText("a.vmcs.yaml", spec));
        Assert.Equal([("a.vmcs.yaml", "VMCS0010")], Found(run));
        Assert.Single(run.Sources);
    }

    private static IEnumerable<(string Path, string Id)> Found(GeneratorRun run) =>
        run.Diagnostics.Select(static d => (d.Location.GetLineSpan().Path, d.Id));
}
