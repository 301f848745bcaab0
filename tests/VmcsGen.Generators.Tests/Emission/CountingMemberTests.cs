using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

public class CountingMemberTests
{
    [Theory]
    [InlineData("__u8", 1)]
    [InlineData("__s8", 1)]
    [InlineData("__s16", 2)]
    [InlineData("int", 4)]
    [InlineData("__s64", 8)]
    [InlineData("long", 8)]
    [InlineData("unsigned long", 8)]
    public void Any_integer_can_count_the_entries_of_an_array(string type, int size)
    {
        var compiled = SpecCompiler.Compile([Spec($"type: {type}", size)]);
        Assert.Empty(compiled.Mistakes);
        Assert.Empty(compiled.Errors);
        Assert.NotEmpty(compiled.Sources);
    }

    [Fact]
    public void Member_of_an_enum_type_can_count()
    {
        var modes = new SpecText("modes.yaml", "kind: enums\nenums: [{ name: AcmeMode, size: 32, values: [] }]\n");
        var compiled = SpecCompiler.Compile([modes, Spec("type: __u32, enum: AcmeMode", 4)]);
        Assert.Empty(compiled.Mistakes);
        Assert.Empty(compiled.Errors);
    }

    [Theory]
    [InlineData("type: int, bits: 8")]
    [InlineData("type: char, bits: 7")]
    [InlineData("type: signed char, bits: 7")]
    [InlineData("type: __u32, bits: 8, enum: AcmeMode")]
    public void Bit_field_can_count(string counter)
    {
        var modes = new SpecText("modes.yaml", "kind: enums\nenums: [{ name: AcmeMode, size: 32, values: [] }]\n");
        var compiled = SpecCompiler.Compile([modes, Spec(counter, counter.Contains("char", System.StringComparison.Ordinal) ? 1 : 4)]);
        Assert.Empty(compiled.Mistakes);
        Assert.Empty(compiled.Errors);
    }

    [Theory]
    [InlineData("type: __u32, bits: 1, flag: true", 4)]
    [InlineData("type: _Bool", 1)]
    [InlineData("type: 'void *'", 8)]
    [InlineData("type: '__u32[1]'", 4)]
    public void What_is_no_integer_does_not_count(string counter, int size)
    {
        var compiled = SpecCompiler.Compile([Spec(counter, size)]);
        Assert.Equal(["VMCS0024"], compiled.Mistakes);
        Assert.Empty(compiled.Errors);
    }

    private static SpecText Spec(string counter, int size) =>
        new(
            "acme.yaml",
            $"kind: kvm-structs\nstructs: [{{ name: acme_list, size: {size}, members: [{{ name: n, {counter} }}, {{ name: e, type: '__u8[]', count: n }}] }}]\n"
        );
}
