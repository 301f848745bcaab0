using System;
using System.Linq;
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

    // A name that is missing would be a number in messages, and lose what a spec says of it. Aliases are defined by other names.
    [Fact]
    public void Every_number_of_the_header_has_its_name()
    {
        Tools.RequireOrSkip();
        var numbers = InstalledHeaders.ErrnoNumbers;
        Assert.InRange(numbers.Count, 130, int.MaxValue);
        Assert.All(numbers.Values.Distinct(), static number => Assert.Contains((Errno)(int)number, Enum.GetValues<Errno>()));
        Assert.Equal("EBADR", ((Errno)53).ToString());
    }
}
