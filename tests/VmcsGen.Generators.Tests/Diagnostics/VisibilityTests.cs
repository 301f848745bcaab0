using System;
using System.Globalization;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Public items that show internal types of other files.</summary>
public class VisibilityTests
{
    private static readonly SpecText[] Internal =
    [
        new("modes.vmcs.yaml", "kind: enums\nenums: [{ name: AcmeMode, size: 32, values: [{ value: 1, name: One }] }]\n"),
        new("bits.vmcs.yaml", "kind: bitfields\nbitfields: [{ name: AcmeBits, size: 32, bits: [{ bit: 0, name: First }] }]\n"),
        new("structs.vmcs.yaml", "kind: kvm-structs\nstructs: [{ name: acme_state, size: 4, members: [{ name: a, type: __u32 }] }]\n"),
        new("own.vmcs.yaml", "kind: vmcs-fields\nfields: [{ name: AcmeStored, encoding: 0x4F00, type: AcmeBits }]\n"),
    ];

    [Theory]
    [InlineData(
        "kind: vmcs-fields",
        "fields: [{ name: AcmeFirst, encoding: 0x4070, type: AcmeBits }, { name: AcmeSecond, encoding: 0x4072 }]",
        "AcmeFirst",
        "AcmeBits",
        "bits"
    )]
    [InlineData(
        "kind: vmcs-fields",
        "fields: [{ name: AcmeFirst, encoding: 0x4070, type: AcmeMode }, { name: AcmeSecond, encoding: 0x4072 }]",
        "AcmeFirst",
        "AcmeMode",
        "modes"
    )]
    [InlineData(
        "kind: bitfields",
        "bitfields: [{ name: AcmeFirst, size: 64, bits: [{ bits: 0-31, name: Mode, enum: AcmeMode }] }, { name: AcmeSecond, size: 8, bits: [] }]",
        "AcmeFirst",
        "AcmeMode",
        "modes"
    )]
    [InlineData(
        "kind: bitfields",
        "bitfields: [{ extends: AcmeBits, bits: [{ bit: 1, name: More }] }, { name: AcmeSecond, size: 8, bits: [] }]",
        "AcmeBits",
        "AcmeBits",
        "bits"
    )]
    [InlineData(
        "kind: layouts",
        "layouts: [{ name: AcmeFirst, size: 8, fields: [{ offset: 0, name: Mode, type: AcmeMode }] }, { name: AcmeSecond, size: 8, fields: [] }]",
        "AcmeFirst",
        "AcmeMode",
        "modes"
    )]
    [InlineData(
        "kind: layouts",
        "layouts: [{ name: AcmeFirst, size: 8, fields: [{ offset: 0, field: AcmeStored }] }, { name: AcmeSecond, size: 8, fields: [] }]",
        "AcmeFirst",
        "AcmeBits",
        "bits"
    )]
    [InlineData(
        "kind: kvm-structs",
        "structs: [{ name: acme_first, size: 4, members: [{ name: a, type: struct acme_state }] }, { name: acme_second, size: 1, members: [{ name: a, type: __u8 }] }]",
        "acme_first",
        "acme_state",
        "structs"
    )]
    [InlineData(
        "kind: kvm-structs",
        "structs: [{ name: acme_first, size: 4, members: [{ name: a, type: __u32, enum: AcmeMode }] }, { name: acme_second, size: 1, members: [{ name: a, type: __u8 }] }]",
        "acme_first",
        "AcmeMode",
        "modes"
    )]
    [InlineData(
        "kind: kvm-ioctls",
        "ioctls: [{ name: KVM_ACME_FIRST, number: 1, direction: read, argument: struct acme_state, descriptor: vm }, { name: KVM_ACME_SECOND, number: 2, direction: none, descriptor: vm }]",
        "KVM_ACME_FIRST",
        "acme_state",
        "structs"
    )]
    public void Public_item_that_shows_an_internal_type_is_reported_and_the_rest_compiles(
        string kind,
        string items,
        string item,
        string type,
        string file
    )
    {
        var run = GeneratorRun.Of([new("shown.vmcs.yaml", $"{kind}\nvisibility: public\n{items}\n"), .. Internal]);
        var diagnostic = Assert.Single(run.Diagnostics);
        Assert.Equal("VMCS0025", diagnostic.Id);
        Assert.Equal(
            $"'{item}' is public, but '{type}', which it shows, is internal: state 'visibility: public' in {file}.vmcs.yaml too, or leave it out here",
            diagnostic.GetMessage(CultureInfo.InvariantCulture)
        );
        Assert.Contains(run.Sources, static s => s.Text.Contains("second", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(run.Compile(RuntimeAssemblies.References).Errors);
    }

    [Fact]
    public void Internal_item_may_show_a_public_type() => AssertClean("internal", "public");

    [Fact]
    public void Public_items_of_several_files_show_each_other() => AssertClean("public", "public");

    private static void AssertClean(string users, string types)
    {
        var run = GeneratorRun.Of([
            new(
                "fields.vmcs.yaml",
                $"kind: vmcs-fields\nvisibility: {users}\nfields: [{{ name: AcmeFirst, encoding: 0x4070, type: AcmeBits }}]\n"
            ),
            new(
                "ioctls.vmcs.yaml",
                $"kind: kvm-ioctls\nvisibility: {users}\nioctls: [{{ name: KVM_ACME_FIRST, number: 1, direction: read, argument: struct acme_state, descriptor: vm }}]\n"
            ),
            .. Internal.Select(s => new SpecText(s.Path, $"{s.Text}visibility: {types}\n")),
        ]);
        Assert.Empty(run.Diagnostics);
        Assert.Empty(run.Compile(RuntimeAssemblies.References).Errors);
    }
}
