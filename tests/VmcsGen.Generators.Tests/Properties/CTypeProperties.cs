using System.Linq;
using System.Threading;
using CsCheck;
using VmcsGen.Generators.Abi;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

public class CTypeProperties
{
    [Fact]
    public void Any_text_is_a_type_or_none()
    {
        var types = 0;
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["__u8struct []0123*-"], 0, 30])
            .Sample(
                text =>
                {
                    if (CType.Parse(text) is { } type)
                    {
                        Assert.NotEqual("", type.Element);
                        Assert.InRange(type.Count, type.IsFlexible ? 0 : 1, 1 << 20);
                        Interlocked.Increment(ref types);
                    }
                },
                iter: 20_000
            );
        Assert.InRange(types, 1, 19_999);
    }

    [Fact]
    public void Bounds_are_read_in_order() =>
        Gen.Int[1, 20]
            .Array[0, 4]
            .Sample(static bounds =>
            {
                var type = CType.Parse("struct kvm_regs" + string.Concat(bounds.Select(static b => $"[{b}]")))!;
                Assert.Equal(("kvm_regs", true, false), (type.Element, type.IsStruct, type.IsFlexible));
                Assert.Equal(bounds, type.Bounds);
                Assert.Equal(bounds.Aggregate(1, static (product, bound) => product * bound), type.Count);
            });

    [Theory]
    [InlineData("__u64[]", "__u64", true, 0)]
    [InlineData("__u8[][4]", "__u8", true, 0)]
    [InlineData(" void * [ 3 ] ", "void *", false, 3)]
    public void Known_types(string text, string element, bool isFlexible, int count)
    {
        var type = CType.Parse(text)!;
        Assert.Equal((element, isFlexible, count), (type.Element, type.IsFlexible, type.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[4]")]
    [InlineData("__u8[4")]
    [InlineData("__u8[-1]")]
    [InlineData("__u8[4]x")]
    [InlineData("__u8[4][]")]
    [InlineData("__u8[1048576][2]")]
    public void No_types(string text) => Assert.Null(CType.Parse(text));
}
