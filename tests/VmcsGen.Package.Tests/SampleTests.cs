using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>The samples, as a newcomer runs them. Each checks its own result and says so in its exit code.</summary>
// One emulated machine at a time: two slow each other down until tests give up.
[Collection(nameof(LinuxRun))]
public sealed class SampleTests(SampleRuns runs) : IClassFixture<SampleRuns>
{
    public static TheoryData<string, string> Samples =>
        new()
        {
            { "QuickStart", "699678" },
            { "DirtyPages", "by the dirty log:\n  2, 3, 5, 7, 11, 13; right" },
            { "Snapshot", "; right." },
            { "SnapshotFuzzing", "crashes it, in a fresh VM too; right." },
            { "Sandbox", "0 wrong answers, 0 secrets seen by others; a guest that is used twice sees 0x04030201; right." },
            { "Debugger", "The guest found 21; right." },
            { "Hypervisor", "The guest says \"VMX in C# :)\" and halts at 0x7C71; right." },
            { "ManyVms", "All 200 results are right." },
            { "Vmm", "Hello from a guest.\nPowerOff" },
            { "Userfaultfd", "16 pages were made when they were touched; right." },
        };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_runs_its_guests_and_finds_the_results_right(string name, string evidence)
    {
        Kvm.Require();
        Assert.SkipWhen(
            name == SampleRuns.NotInLab && !Kvm.IsHere,
            "QEMU's emulation of SVM does not stop at breakpoints, by which this sample sees what a guest executes."
        );
        Assert.Contains(evidence, await runs.OutputOf(name), StringComparison.Ordinal);
    }

    // What other tests run: VmcsGen.Bochs.Tests the one that needs Bochs, VmcsGen.Tool.Tests the one that reads the memory of a lab.
    private static readonly string[] s_elsewhere = ["BareMetalHypervisor", "KernelVms"];

    [Fact]
    public void Every_sample_is_run()
    {
        var all = Directory
            .GetDirectories(SampleRuns.Folder)
            .Select(static folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal);
        var here = Samples.Select(static row => row.Data.Item1);
        Assert.Equal(all, here.Concat(s_elsewhere).Order(StringComparer.Ordinal));
    }
}
