using System;
using System.Collections.Generic;
using System.IO;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Tool.Tests.Facts;

/// <summary>The kernel's headers as a release of Debian has them.</summary>
/// <param name="Version">The version of the package.</param>
/// <param name="Root">The folder with the package's files.</param>
internal sealed record DebianHeaders(string Version, string Root)
{
    // What the kernel calls machines that specs call otherwise.
    private static readonly Dictionary<string, string> s_folders = new()
    {
        ["riscv64"] = "riscv",
        ["s390x"] = "s390",
        ["ppc64le"] = "powerpc",
    };

    /// <summary>The folders that hold those of x86-64, as gcc takes them.</summary>
    public string[] Folders => FoldersOf("x86");

    /// <summary>The folders that hold those of a machine, as gcc takes them.</summary>
    public string[] FoldersOf(string machine) =>
        // Those of an architecture lie beside the others, and are only linked to there.
        [
            Path.Combine(Root, "usr", "include"),
            Path.Combine(Root, "usr", "lib", "linux", "uapi", s_folders.GetValueOrDefault(machine, machine)),
        ];

    /// <summary>Whether they are those of a kernel: <c>Linux 7.3-rc7</c>.</summary>
    public bool AreOf(string kernel) => Version.StartsWith(kernel["Linux ".Length..].Replace('-', '~'), StringComparison.Ordinal);

    /// <summary>Fetches them, or skips the test where they cannot be had.</summary>
    public static DebianHeaders Of(string suite)
    {
        var labs = Path.Combine(Repository.Root, "tests", "lab");
        var (code, output, errors) = Tools.TryRun(
            "bash",
            "-c",
            $". '{labs}/common.sh'; use_suite {suite}; unpack linux-libc-dev; "
                + "printf '\\n%s\\n%s' \"$(apt-cache show --no-all-versions linux-libc-dev | sed -n 's/^Version: //p')\" \"$unpacked\""
        );
        Tools.RequireOrSkip(code == 0 ? null : $"The kernel's headers of Debian's {suite} are not there: {errors.Trim()}");
        var lines = output.Split('\n');
        return new(lines[^2], lines[^1]);
    }
}
