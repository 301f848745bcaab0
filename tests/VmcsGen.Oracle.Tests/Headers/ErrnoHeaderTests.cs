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
        var numbers = InstalledHeaders.ErrnoNumbers;
        var differences = new Differences();
        foreach (var errno in Enum.GetValues<Errno>())
        {
            if (numbers.TryGetValue(errno.ToString(), out var number))
                differences.Check(errno.ToString(), "value", (int)number, (int)errno);
            else
                differences.Add(errno.ToString(), "the header does not have it");
            Assert.False(string.IsNullOrEmpty(ErrnoTexts.MeaningOf(errno)), errno.ToString());
        }
        differences.AssertNone(output);
    }
}
