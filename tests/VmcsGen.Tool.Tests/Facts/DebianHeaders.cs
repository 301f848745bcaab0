using System.IO;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Tool.Tests.Facts;

/// <summary>The kernel's headers as a release of Debian has them.</summary>
/// <param name="Version">The version of the package.</param>
/// <param name="Folders">The folders that hold them, as gcc takes them.</param>
internal sealed record DebianHeaders(string Version, string[] Folders)
{
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
        var root = lines[^1];
        // Those of an architecture lie beside the others, and are only linked to there.
        return new(lines[^2], [Path.Combine(root, "usr", "include"), Path.Combine(root, "usr", "lib", "linux", "uapi", "x86")]);
    }
}
