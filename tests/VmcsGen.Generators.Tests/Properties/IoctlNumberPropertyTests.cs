using System.Linq;
using CsCheck;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

public class IoctlNumberPropertyTests
{
    [Fact]
    public void Parts_recombine_to_the_request() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 0xFF], Gen.Int[0, 0xFF], Gen.Int[0, IoctlNumber.MaximumSize])
            .Sample(
                static (direction, type, number, size) =>
                {
                    var request = IoctlNumber.Encode((IoctlDirection)direction, type, number, size);
                    Assert.Equal(
                        (direction, size, type, number),
                        ((int)(request >> 30), (int)((request >> 16) & 0x3FFF), (int)((request >> 8) & 0xFF), (int)(request & 0xFF))
                    );
                }
            );

    [Theory]
    [InlineData(0, 0xAE, 0x00, 0, 0x0000AE00u)]
    [InlineData(1, 0xAE, 0x46, 32, 0x4020AE46u)]
    [InlineData(2, 0xAE, 0x81, 144, 0x8090AE81u)]
    [InlineData(3, 0xAE, 0x05, 8, 0xC008AE05u)]
    [InlineData(3, 0xAA, 0x3F, 24, 0xC018AA3Fu)]
    [InlineData(1, 'T', 202, 4, 0x400454CAu)]
    public void Known_requests_have_known_numbers(int direction, int type, int number, int size, uint request) =>
        Assert.Equal(request, IoctlNumber.Encode((IoctlDirection)direction, type, number, size));

    [Fact]
    public void Differences_are_none_only_between_equal_requests() =>
        Gen.Select(Gen.UInt, Gen.UInt).Sample(static (a, b) => Assert.Equal(a == b, !IoctlNumber.Differences(a, b).Any()));
}
