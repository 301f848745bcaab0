using CsCheck;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

public class IoctlNumberProperties
{
    [Fact]
    public void Parts_recombine_to_the_request() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 0xFF], Gen.Int[0, IoctlNumber.MaximumSize])
            .Sample(
                static (direction, number, size) =>
                {
                    var request = IoctlNumber.Encode((IoctlDirection)direction, number, size);
                    Assert.Equal(
                        (direction, size, 0xAE, number),
                        ((int)(request >> 30), (int)((request >> 16) & 0x3FFF), (int)((request >> 8) & 0xFF), (int)(request & 0xFF))
                    );
                }
            );

    [Theory]
    [InlineData(0, 0x00, 0, 0x0000AE00u)]
    [InlineData(1, 0x46, 32, 0x4020AE46u)]
    [InlineData(2, 0x81, 144, 0x8090AE81u)]
    [InlineData(3, 0x05, 8, 0xC008AE05u)]
    public void Known_requests_have_known_numbers(int direction, int number, int size, uint request) =>
        Assert.Equal(request, IoctlNumber.Encode((IoctlDirection)direction, number, size));
}
