using System;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>What specs say of the release that an item is in since, against the headers of recorded kernels.</summary>
public sealed class SinceTests(ITestOutputHelper output)
{
    private const string Key = "since: \"";

    private static readonly string[] s_specs =
    [
        // What 32-bit processes pass is in no header.
        .. Specs.Paths.Where(static path =>
            path.StartsWith("spec/kvm/", StringComparison.Ordinal) && !path.EndsWith("/compat.yaml", StringComparison.Ordinal)
        ),
    ];

    [Fact]
    public void Every_release_that_a_spec_states_is_between_the_kernel_without_the_item_and_the_first_with_it()
    {
        var differences = new Differences();
        var compared = s_specs.Sum(path => SinceComparison.Compare(Specs.Read(path).RootElement, differences));
        output.WriteLine($"{compared} items");
        differences.AssertNone(output);
        Assert.Equal(s_specs.Sum(static path => Specs.Text(path).Split(Key).Length - 1), compared);
    }

    [Theory]
    [InlineData("0.1")]
    [InlineData("99.9")]
    public void Each_release_made_wrong_is_named(string wrong)
    {
        foreach (var path in s_specs)
        {
            var parts = Specs.Text(path).Split(Key);
            var edited = string.Join(
                Key,
                parts.Select((part, i) => i == 0 ? part : wrong + part[part.IndexOf('"', StringComparison.Ordinal)..])
            );
            var differences = new Differences();
            SinceComparison.Compare(JsonDocument.Parse(YamlAsJson.Convert(edited)).RootElement, differences);
            Assert.Equal(parts.Length - 1, differences.Unexpected.Count);
        }
    }

    [Theory]
    [InlineData("KVM_SEV_SNP_LAUNCH_START", "6.10", false)]
    [InlineData("KVM_SEV_SNP_LAUNCH_START", "6.11", true)]
    [InlineData("KVM_SEV_SNP_LAUNCH_START", "6.12", true)]
    [InlineData("KVM_SEV_SNP_LAUNCH_START", "6.13", false)]
    [InlineData("kvm_run.immediate_exit", "4.6", false)]
    [InlineData("kvm_run.immediate_exit", "4.11", true)]
    [InlineData("KVM_RUN", "2.6", true)]
    public void A_release_is_right_up_to_the_records(string name, string since, bool isRight) =>
        Assert.Equal(isRight, ReleaseFacts.All.Objection(name, since) is null);

    [Fact]
    public void What_no_recorded_kernel_has_is_of_a_later_one()
    {
        var newest = ReleaseFacts.All.Newest;
        Assert.NotNull(ReleaseFacts.All.Objection("KVM_NO_SUCH_IOCTL", $"{newest}"));
        Assert.Null(ReleaseFacts.All.Objection("KVM_NO_SUCH_IOCTL", $"{new Version(newest.Major, newest.Minor + 1)}"));
    }
}
