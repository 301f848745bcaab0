using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Tool.Tests.Facts;

/// <summary>Tests that run side by side fetch the same headers.</summary>
public class DebianHeadersTests
{
    [Fact]
    public async Task Several_processes_have_them_at_once()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 6).Select(static _ => Task.Run(static () => DebianHeaders.Of("experimental"))));

        Assert.Single(all.Distinct());
    }
}
