using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>
/// Debian's kernel under samples/Vmm, once for all tests: on this machine's KVM where that is kvm_intel or kvm_amd, else on kvm_amd in the
/// emulated machine. <c>tests/lab/linux/session.sh</c> is what happens.
/// </summary>
public sealed class LinuxRun
{
    private const string Require = "VMCSGEN_REQUIRE_KVM";

    private readonly Lazy<Task<Command>> _session = new(static () =>
        Command.Run(PackageFeed.Repository, "bash", Path.Combine(PackageFeed.Repository, "tests", "lab", "linux.sh"))
    );

    /// <summary>Requires a line in which the session says that something was found right.</summary>
    /// <param name="evidence">How it begins: one of these ways.</param>
    internal async Task FindsRight(params string[] evidence)
    {
        // The kernel is Debian's, to be fetched, and the emulated machine takes minutes: only where nothing may be left out.
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable(Require) == "1",
            $"Linux is booted with {Require}=1 alone: the kernel is fetched, and an emulated machine may be needed."
        );
        var session = await _session.Value;
        var output = $"\n{session.Output}";
        Assert.True(
            evidence.Any(begin => output.Contains($"\nright: {begin}", StringComparison.Ordinal)),
            $"The session ended with exit code {session.ExitCode} and did not find '{string.Join("' or '", evidence)}'.{output}"
        );
    }

    /// <summary>The whole session, which must have ended well.</summary>
    internal async Task Ends()
    {
        await FindsRight("the guest reaches user space");
        (await _session.Value).MustSucceed();
    }
}
