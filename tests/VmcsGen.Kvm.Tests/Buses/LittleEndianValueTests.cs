using System;
using Xunit;

namespace VmcsGen.Kvm.Tests.Buses;

public class LittleEndianValueTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0x88)]
    [InlineData(2, 0x7788)]
    [InlineData(3, 0x66_7788)]
    [InlineData(4, 0x5566_7788)]
    [InlineData(5, 0x44_5566_7788)]
    [InlineData(7, 0x22_3344_5566_7788)]
    [InlineData(8, 0x1122_3344_5566_7788)]
    public void Lowest_byte_comes_first(int length, ulong value)
    {
        byte[] bytes = [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11];
        var written = new byte[length];

        LittleEndian.Write(written, 0x1122_3344_5566_7788);

        Assert.Equal(value, LittleEndian.Read(bytes.AsSpan(0, length)));
        Assert.Equal(bytes[..length], written);
    }

    [Fact]
    public void More_than_eight_bytes_are_refused()
    {
        Assert.Contains("9", Assert.Throws<ArgumentException>(() => LittleEndian.Read(new byte[9])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LittleEndian.Write(new byte[9], 0));
    }
}
