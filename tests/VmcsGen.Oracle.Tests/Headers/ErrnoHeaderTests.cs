using System;
using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>The values of errno against the installed header.</summary>
public sealed class ErrnoHeaderTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_errno_has_the_number_of_the_header_and_a_meaning()
    {
        Tools.RequireOrSkip();
        var differences = new Differences();
        ErrnoComparison.Compare(typeof(Errno).Assembly, differences);
        differences.AssertNone(output);
        Assert.All(
            Enum.GetValues<Errno>(),
            static errno => Assert.False(string.IsNullOrEmpty(ErrnoTexts.MeaningOf(errno)), errno.ToString())
        );
    }
}
