using System;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Units;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>Texts made to cost as much as a text can: each is answered within bounds that its length sets.</summary>
public class HugeSpecTests
{
    private const int Longest = 1 << 20;

    // Some hundred bytes for each character: what positions, nodes and emitted text come to, and room.
    private const long MostAllocated = 2L << 30;

    [Fact]
    public void Aliases_that_multiply_are_refused_before_they_do()
    {
        var bomb = new StringBuilder("kind: enums\nenums:\n  - &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 40; i++)
            bomb.Append($"  - &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n");
        Assert.Contains(Read(bomb.ToString()).Errors, static e => e.Id == "VMCS0002");
    }

    [Fact]
    public void Text_of_100_megabytes_is_refused_unread()
    {
        var text = "kind: enums\nenums:\n  - { name: " + new string('x', 100_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("VMCS0002", Assert.Single(Read(text).Errors).Id);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData("kind: ")]
    [InlineData("kind: enums\nenums:\n  - name: ")]
    [InlineData("kind: enums\nenums:\n  - size: ")]
    [InlineData("kind: enums\nenums:\n  - doc: ")]
    [InlineData("kind: enums\nenums: []\n")]
    [InlineData("kind: kvm-structs\nstructs:\n  - { name: a, size: 8, members: [{ name: b, type: ")]
    public void Long_word_does_not_make_a_long_message(string before)
    {
        var result = Read(before + new string('x', Longest - 100));
        Assert.NotEmpty(result.Errors);
        Assert.All(result.Errors.SelectMany(static e => e.Arguments), static a => Assert.InRange(a.Length, 0, 1000));
    }

    [Theory]
    [InlineData("vmcs-fields", "fields", "{ name: A#, encoding: 0x2E00 }")]
    [InlineData("vmcs-fields", "fields", "{ name: A#, encoding: 0x2E00, type: B#, exists-when: C# }")]
    [InlineData("vmcs-fields", "fields", "{ naem: A# }")]
    [InlineData("bitfields", "bitfields", "{ extends: PinBasedControls, bits: [] }")]
    [InlineData("bitfields", "bitfields", "{ name: A#, size: 8, bits: [{ bit: 0, name: B }, { bit: 0, name: C }] }")]
    [InlineData("enums", "enums", "{ name: A#, size: 8, values: [{ name: B, value: 256 }] }")]
    [InlineData("enums", "enums", "{ name: A#, size: 8, values: [] }")]
    [InlineData("enums", "enums", "x#")]
    [InlineData("layouts", "layouts", "{ name: A#, size: 65535, fields: [] }")]
    [InlineData("msrs", "msrs", "{ name: A#, index: 1, type: B# }")]
    [InlineData("kvm-structs", "structs", "{ name: a#, size: 8, members: [{ name: b, type: struct a@ }] }")]
    [InlineData("kvm-structs", "structs", "{ name: a#, size: 1048576, members: [{ name: b, type: '__u8[1048576]' }] }")]
    [InlineData("kvm-ioctls", "ioctls", "{ name: A#, number: 1, direction: none, descriptor: [vm, vcpu] }")]
    [InlineData("kvm-constants", "groups", "{ name: A#, form: enum, values: [{ name: B, value: 1 }] }")]
    public void Very_many_items_end(string kind, string list, string item) =>
        AssertEnds($"kind: {kind}\n{list}:\n", "  - " + item + "\n", "");

    [Theory]
    [InlineData("kind: bitfields\nbitfields:\n  - name: A\n    size: 64\n    bits:\n", "      - { bit: 1, name: B# }\n")]
    [InlineData("kind: bitfields\nbitfields:\n  - name: A\n    size: 64\n    bits:\n", "      - { bits: 0-63, name: B }\n")]
    [InlineData("kind: enums\nenums:\n  - name: A\n    size: 32\n    values:\n", "      - { value: #, name: B# }\n")]
    [InlineData("kind: enums\nenums:\n  - name: A\n    size: 32\n", "    b#: 1\n")]
    [InlineData("kind: layouts\nlayouts:\n  - name: A\n    size: 65535\n    fields:\n", "      - { offset: #, name: B#, type: byte }\n")]
    [InlineData("kind: layouts\nlayouts:\n  - name: A\n    size: 65535\n    fields:\n", "      - { offset: 0, field: GuestRipp }\n")]
    [InlineData(
        "kind: kvm-structs\nstructs:\n  - name: a\n    size: 8\n    members:\n",
        "      - { name: b#, type: '__u64[]', count: c }\n"
    )]
    [InlineData(
        "kind: kvm-structs\nstructs:\n  - name: a\n    size: 8\n    members:\n",
        "      - { union: [{ name: b#, type: '__u8[1024][2][2][2][2][2][2]' }] }\n"
    )]
    [InlineData(
        "kind: kvm-ioctls\nioctls:\n  - name: A\n    number: 1\n    direction: none\n    descriptor: vm\n    errors:\n",
        "      E#: No.\n"
    )]
    public void Very_many_parts_of_one_item_end(string before, string part) => AssertEnds(before, part, "");

    [Fact]
    public void Sources_named_in_every_item_end() =>
        AssertEnds($"kind: enums\nsource: {new string('x', 9000)}\nenums:\n", "  - { name: A#, size: 8, values: [] }\n", "", 100_000);

    [Fact]
    public void Names_that_differ_in_case_only_end()
    {
        var text = new StringBuilder("kind: enums\nenums:\n");
        for (var n = 0; text.Length < Longest - 100; n++)
            text.Append("  - { name: ")
                .Append([.. Enumerable.Range(0, 16).Select(bit => (n >> bit & 1) == 0 ? 'a' : 'A')])
                .Append(", size: 8, values: [] }\n");
        AssertEnds(text.ToString());
    }

    private static void AssertEnds(string before, string part, string after, int length = Longest - 100)
    {
        var text = new StringBuilder(before);
        for (var n = 0; text.Length < length; n++)
            text.Append(part.Replace("#", $"{n}", StringComparison.Ordinal).Replace("@", $"{n + 1}", StringComparison.Ordinal));
        AssertEnds(text.Append(after).ToString());
    }

    private static void AssertEnds(string text)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = Read(text);
        Assert.InRange(read.Errors.Count, 0, 101);
        var resolution = Resolver.Resolve([read.File], new(EmitMode.Own, "Acme"));
        Assert.DoesNotContain(resolution.Errors.SelectMany(static e => e.Errors), static e => e.Id == "VMCS0099");
        foreach (var unit in resolution.UnitsOf(read.Path))
            Emitter.Emit(unit);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
    }

    private static ReadResult Read(string text) => SpecReader.Read("acme.vmcs.yaml", text);
}
