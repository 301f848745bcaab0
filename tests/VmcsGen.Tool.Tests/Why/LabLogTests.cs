using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Xunit;

namespace VmcsGen.Tool.Tests.Why;

/// <summary>
/// Logs that kvm_intel printed for guest state that was wrong in one known place, which the name of the file says, and what is found in
/// them. InvalidGuestStateTests of VmcsGen.Kvm.Tests makes the state and keeps the logs.
/// </summary>
public class LabLogTests
{
    /// <summary>File, and the rule of SDM 3C 27.3.1 that forbids the state.</summary>
    public static TheoryData<string, string> Causes { get; } =
        new()
        {
            { "cs-s-0", "GuestSegmentDescriptorType" },
            { "cs-type-1", "GuestCsAccessRightsType" },
            { "cs-not-present", "GuestSegmentPresent" },
            { "cs-l-and-d", "GuestCsDefaultSize" },
            { "cs-limit-without-g", "GuestSegmentGranularity" },
            { "cs-dpl-3", "GuestCsDplNonconforming" },
            { "ss-type-1", "GuestSsAccessRightsType" },
            { "ds-limit-with-g", "GuestSegmentGranularity" },
            { "ds-type-9", "GuestDataSegmentReadable" },
            { "tr-type-9", "GuestTrAccessRightsType" },
            { "tr-not-present", "GuestTrUsable" },
            { "ldtr-type-3", "GuestLdtrAccessRightsType" },
            { "rflags-bit-15", "GuestRflagsZeroBits" },
            { "rflags-vm", "GuestRflagsVirtual8086" },
            { "sti-blocking-without-if", "BlockingByStiNeedsInterruptFlag" },
        };

    /// <summary>The same for rules that ask the processor for its abilities.</summary>
    public static TheoryData<string, string> CausesByAbility { get; } =
        new()
        {
            { "es-base-above-4g", "GuestDataSegmentBase" },
            { "fs-base-not-canonical", "GuestFsBaseCanonical" },
            { "gdtr-base-not-canonical", "GuestGdtrBaseCanonical" },
            { "idtr-base-not-canonical", "GuestIdtrBaseCanonical" },
        };

    [Theory, MemberData(nameof(Causes))]
    public void Cause_is_found_in_the_log_alone(string name, string rule)
    {
        var run = ToolRun.Of("why", Log(name), "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(rule, Broken(run));
    }

    [Theory, MemberData(nameof(CausesByAbility))]
    public void Cause_that_depends_on_the_processor_is_named_as_possible_and_found_with_its_abilities(string name, string rule)
    {
        var alone = ToolRun.Of("why", Log(name), "--all");
        Assert.Equal(0, alone.ExitCode);
        Assert.Contains(rule, alone.Output, StringComparison.Ordinal);

        var run = ToolRun.Of("why", Log(name), "--json", "--capabilities", ToolRun.DumpPath("Lab/host.json"));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal([rule], Broken(run));
    }

    [Fact]
    public void Every_log_of_the_lab_is_read()
    {
        var names = Directory.GetFiles(ToolRun.DumpPath("Lab"), "*.txt").Select(Path.GetFileNameWithoutExtension).Order();
        var known = Causes.Concat(CausesByAbility).Select(static row => row.Data.Item1).Order();
        Assert.Equal(known, names);
    }

    private static string Log(string name) => ToolRun.DumpPath($"Lab/{name}.txt");

    private static string[] Broken(ToolRun run)
    {
        using var json = JsonDocument.Parse(run.Output);
        var dump = json.RootElement.GetProperty("dumps").EnumerateArray().Single();
        return [.. dump.GetProperty("broken").EnumerateArray().Select(static one => one.GetProperty("rule").GetString()!).Distinct()];
    }
}
