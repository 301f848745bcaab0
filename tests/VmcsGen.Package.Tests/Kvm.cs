using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>Runs programs that run guests: on this machine's KVM, or in the emulated machine that the test run has named.</summary>
internal static class Kvm
{
    private const string RequireKvm = "VMCSGEN_REQUIRE_KVM";
    private const string Lab = "VMCSGEN_KVM_LAB";

    // The machine in Bochs has the libraries alone that a program is linked with.
    private const string WithoutIcu = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1";

    /// <summary>Whether this machine has KVM.</summary>
    public static bool IsHere => File.Exists("/dev/kvm");

    /// <summary>Skips the test where no guest can run.</summary>
    public static void Require()
    {
        if (IsHere || LabScript is not null)
            return;
        Assert.False(Environment.GetEnvironmentVariable(RequireKvm) == "1", $"{RequireKvm}=1, but there is no /dev/kvm and no {Lab}.");
        Assert.Skip("There is no /dev/kvm.");
    }

    /// <summary>Runs an assembly.</summary>
    /// <param name="directory">Where it is started.</param>
    /// <param name="assembly">Its full path.</param>
    public static Task<Command> Run(string directory, string assembly)
    {
        IEnumerable<string> arguments = ["exec", assembly];
        return IsHere ? Command.Dotnet(directory, arguments) : RunInLab(directory, ["dotnet", .. arguments]);
    }

    /// <summary>Runs a command in the emulated machine.</summary>
    /// <param name="directory">Where it is started.</param>
    /// <param name="command">The command.</param>
    public static Task<Command> RunInLab(string directory, IEnumerable<string> command) =>
        Command.Run(directory, "bash", [LabScript!, "amd", "--timeout", "590", "--", .. command]);

    /// <summary>
    /// Whether the run is one that may not do without Bochs, so that Debian's kvm_intel is to be met in it. Elsewhere its minute is spared.
    /// </summary>
    public static bool RequiresIntelLab => Environment.GetEnvironmentVariable("VMCSGEN_REQUIRE_BOCHS") == "1";

    /// <summary>Runs a native program on kvm_intel in an emulated machine.</summary>
    /// <param name="directory">Where it is started.</param>
    /// <param name="program">Its full path.</param>
    public static Task<Command> RunInIntelLab(string directory, string program) =>
        Command.Run(
            directory,
            "bash",
            [Path.Combine(PackageFeed.Repository, "tests", "lab.sh"), "intel", "--timeout", "590", "--env", WithoutIcu, "--", program]
        );

    private static string? LabScript => Environment.GetEnvironmentVariable(Lab) is { Length: > 0 } script ? script : null;
}
