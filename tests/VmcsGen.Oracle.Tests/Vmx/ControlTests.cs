using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>The control words against the recorded ones.</summary>
public sealed class ControlTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_control_has_its_bit_and_the_kernels_name()
    {
        var differences = new Differences(ControlComparison.Unverified);
        var controls = ControlComparison.CompareBits(GeneratedVmx.Runtime, differences);
        output.WriteLine($"{controls} controls in {ControlComparison.Groups.Count} words");
        differences.AssertNone(output);
        Assert.All(ControlComparison.Groups, static group => Assert.NotEmpty(VmxFacts.Parts($"controls/{group.Group}/bits")));
        var groups = VmxFacts.At("controls").EnumerateObject().Select(static g => g.Name);
        Assert.Equal(groups, ControlComparison.Groups.Select(static g => g.Group));
    }

    [Fact]
    public void Every_control_word_is_the_type_of_its_field_and_as_wide()
    {
        var differences = new Differences();
        ControlComparison.CompareFields(GeneratedVmx.Runtime, differences);
        differences.AssertNone(output);
    }

    [Fact]
    public void Every_control_word_names_the_MSRs_that_report_its_allowed_settings()
    {
        var differences = new Differences();
        ControlComparison.CompareMsrs(GeneratedVmx.Runtime, Specs.Read("spec/vmx/bitfields/controls.yaml").RootElement, differences);
        differences.AssertNone(output);
    }
}
