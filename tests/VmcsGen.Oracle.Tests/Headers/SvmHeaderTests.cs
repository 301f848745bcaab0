using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>The generated exit codes of SVM against the installed header.</summary>
public sealed class SvmHeaderTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_exit_code_of_the_header_and_no_other_is_generated_with_its_number()
    {
        Tools.RequireOrSkip();
        Assert.InRange(SvmExitComparison.Expected().Count, 125, int.MaxValue);
        var differences = new Differences();
        SvmExitComparison.Compare(typeof(SvmExitCode).Assembly, differences);
        differences.AssertNone(output);
    }
}
