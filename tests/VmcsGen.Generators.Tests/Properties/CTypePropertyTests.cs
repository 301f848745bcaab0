using System.Linq;
using System.Threading;
using CsCheck;
using VmcsGen.Generators.Abi;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

public class CTypePropertyTests
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
                        Assert.All(type.Bounds, bound => Assert.Equal(bound.Text, text.Substring(bound.Offset, bound.Text.Length)));
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
                Assert.Equal(("kvm_regs", CTag.Struct, false), (type.Element, type.Tag, type.IsFlexible));
                Assert.Equal(bounds.Select(static b => $"{b}"), type.Bounds.Select(static b => b.Text));
            });

    [Theory]
    [InlineData("__u64[]", "__u64", true, "")]
    [InlineData("__u8[][4]", "__u8", true, "4")]
    [InlineData(" void * [ 3 ] ", "void *", false, "3")]
    [InlineData("struct acme *", "void *", false, "")]
    [InlineData("const struct acme *const *", "void *", false, "")]
    [InlineData("const  __u32", "__u32", false, "")]
    [InlineData("__u8[LENGTH + 1][0]", "__u8", false, "LENGTH + 1,0")]
    public void Known_types(string text, string element, bool isFlexible, string bounds)
    {
        var type = CType.Parse(text)!;
        Assert.Equal(
            (element, CTag.None, isFlexible, bounds),
            (type.Element, type.Tag, type.IsFlexible, string.Join(',', type.Bounds.Select(static b => b.Text)))
        );
    }

    [Theory]
    [InlineData("struct acme", "acme", CTag.Struct)]
    [InlineData("union acme", "acme", CTag.Union)]
    [InlineData("const enum acme", "acme", CTag.Enum)]
    internal void Known_tags(string text, string element, CTag tag)
    {
        var type = CType.Parse(text)!;
        Assert.Equal((element, tag), (type.Element, type.Tag));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[4]")]
    [InlineData("__u8[4")]
    [InlineData("__u8[4]x")]
    [InlineData("__u8[4][]")]
    [InlineData("struct")]
    [InlineData("struct a b")]
    [InlineData("*")]
    [InlineData("void (*f)(void)")]
    public void No_types(string text) => Assert.Null(CType.Parse(text));

    [Theory]
    [InlineData("short", "short", 2)]
    [InlineData("short int", "short", 2)]
    [InlineData("signed short int", "short", 2)]
    [InlineData("unsigned short", "ushort", 2)]
    [InlineData("unsigned", "uint", 4)]
    [InlineData("signed", "int", 4)]
    [InlineData("signed int", "int", 4)]
    [InlineData("long unsigned int", "nuint", 8)]
    [InlineData("long long", "long", 8)]
    [InlineData("unsigned long long int", "ulong", 8)]
    [InlineData("long long unsigned int", "ulong", 8)]
    [InlineData("char", "byte", 1)]
    [InlineData("signed char", "sbyte", 1)]
    [InlineData("unsigned char", "byte", 1)]
    [InlineData("bool", "bool", 1)]
    [InlineData("_Bool", "bool", 1)]
    [InlineData("uint8_t", "byte", 1)]
    [InlineData("u16", "ushort", 2)]
    [InlineData("__le64", "ulong", 8)]
    [InlineData("__be16", "BigEndian<ushort>", 2)]
    [InlineData("unsigned __int128", "UInt128", 16)]
    [InlineData("enum acme", "uint", 4)]
    [InlineData("size_t", "nuint", 8)]
    [InlineData("__aligned_be64", "BigEndian<ulong>", 8)]
    public void Spellings_of_scalars(string text, string csharp, int size)
    {
        var scalar = CScalar.Find(CType.Parse(text)!)!;
        Assert.Equal((csharp, size), (scalar.CSharp, scalar.Size));
    }

    [Theory]
    [InlineData("float")]
    [InlineData("unsigned float")]
    [InlineData("long long long")]
    [InlineData("long long long int")]
    [InlineData("unsigned unsigned")]
    [InlineData("int int int")]
    [InlineData("short long")]
    [InlineData("signed unsigned")]
    [InlineData("void")]
    [InlineData("__le8")]
    public void No_scalars(string text) => Assert.Null(CScalar.Find(CType.Parse(text)!));
}
