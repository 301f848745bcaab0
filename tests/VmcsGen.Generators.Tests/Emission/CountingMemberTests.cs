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
    public void Member_of_an_enum_type_does_not_count()
    {
        var modes = new SpecText("modes.yaml", "kind: enums\nenums: [{ name: AcmeMode, size: 32, values: [] }]\n");
        var compiled = SpecCompiler.Compile([modes, Spec("type: __u32, enum: AcmeMode", 4)]);
        Assert.Equal(["VMCS0024"], compiled.Mistakes);
        Assert.Empty(compiled.Errors);
    }

    private static SpecText Spec(string counter, int size) =>
        new(
            "acme.yaml",
            $"kind: kvm-structs\nstructs: [{{ name: acme_list, size: {size}, members: [{{ name: n, {counter} }}, {{ name: e, type: '__u8[]', count: n }}] }}]\n"
        );
}
