using CsCheck;
using VmcsGen.Generators.Abi;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

public class EncodingProperties
{
    // Bits 11:0, 13 and 14: every encoding that the architecture has room for.
    private static readonly Gen<ulong> Encodings = Gen.Select(Gen.ULong[0, 0xFFF], Gen.ULong[0, 3])
        .Select(static (low, width) => low | (width << 13));

    [Fact]
    public void Parts_recombine_to_the_encoding() =>
        Encodings.Sample(static value =>
        {
            var encoding = new VmcsEncoding(value);
            Assert.False(encoding.HasReservedBits);
            Assert.Equal(
                value,
                ((ulong)(encoding.Group >> 2) << 13)
                    | ((ulong)(encoding.Group & 3) << 10)
                    | ((ulong)encoding.Index << 1)
                    | (encoding.IsHighAccess ? 1UL : 0)
            );
        });

    [Fact]
    public void Size_type_and_words_follow_from_the_width() =>
        Encodings.Sample(static value =>
        {
            var encoding = new VmcsEncoding(value);
            var (size, type, words) = (value >> 13) switch
            {
                0 => (16, "ushort", "16 bits"),
                1 => (64, "ulong", "64 bits"),
                2 => (32, "uint", "32 bits"),
                _ => (64, "nuint", "natural width"),
            };
            Assert.Equal((size, type, words), (encoding.Size, encoding.CSharpType, encoding.DescribeWidth()));
            Assert.Equal(value >> 13 == 1, encoding.Is64Bit);
            // The high half of a 64-bit field is read and written by itself, as 32 bits.
            Assert.Equal((value & 1) != 0 ? 4 : size / 8, encoding.AccessSize);
            Assert.StartsWith(words + ", ", encoding.Describe());
        });

    [Fact]
    public void Only_exit_information_is_read_only() =>
        Encodings.Sample(static value => Assert.Equal((value >> 10 & 3) == 1, new VmcsEncoding(value).IsReadOnly));

    [Fact]
    public void Any_other_bit_is_reserved() =>
        Gen.Select(Encodings, Gen.OneOf(Gen.Const(12), Gen.Int[15, 63]))
            .Sample(static (value, bit) => Assert.True(new VmcsEncoding(value | (1UL << bit)).HasReservedBits));

    [Theory]
    [InlineData(0x0000UL, "16 bits, control", 0)]
    [InlineData(0x2010UL, "64 bits, control", 8)]
    [InlineData(0x4402UL, "32 bits, VM-exit information (read-only)", 1)]
    [InlineData(0x681EUL, "natural width, guest state", 15)]
    [InlineData(0x6C16UL, "natural width, host state", 11)]
    public void Known_encodings_have_known_parts(ulong value, string words, int index)
    {
        var encoding = new VmcsEncoding(value);
        Assert.Equal((words, index), (encoding.Describe(), encoding.Index));
    }
}
