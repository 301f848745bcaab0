using System;
using System.Linq;
using Xunit;

namespace VmcsGen.Kvm.Tests.SnapshotFiles;

/// <summary>The checksum is that of RFC 3720, appendix B.4, in one piece and in several.</summary>
public class Crc32CTests
{
    public static TheoryData<byte[], uint> Vectors =>
        new()
        {
            { new byte[32], 0x8A91_36AA },
            { Enumerable.Repeat((byte)0xFF, 32).ToArray(), 0x62A8_AB43 },
            { Enumerable.Range(0, 32).Select(static i => (byte)i).ToArray(), 0x46DD_794E },
            { Enumerable.Range(0, 32).Select(static i => (byte)(31 - i)).ToArray(), 0x113F_DB5C },
            { "123456789"u8.ToArray(), 0xE306_9283 },
        };

    [Theory, MemberData(nameof(Vectors))]
    public void Checksum_is_that_of_the_standard(byte[] bytes, uint expected)
    {
        Assert.Equal(expected, Crc32C.Of(bytes));
        Assert.Equal(expected, State.SnapshotBytes.Crc32C(bytes));
        for (var split = 0; split <= bytes.Length; split++)
        {
            var sum = new Crc32C();
            sum.Add(bytes.AsSpan(0, split));
            sum.Add(bytes.AsSpan(split));
            Assert.Equal(expected, sum.Value);
        }
    }
}
