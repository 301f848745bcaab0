using System.IO;
using System.Linq;
using VmcsGen.Facts;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Tool.Tests.Facts;

/// <summary>gcc for other machines, of which Debian's preprocessors have the compiler proper.</summary>
internal static class CrossGcc
{
    /// <summary>Fetches it, or skips the test where it cannot be had.</summary>
    /// <param name="machine">The machine, as specs name it.</param>
    /// <returns>The program cc1.</returns>
    public static string Of(string machine)
    {
        var triple = ArchitectureRecord.TargetOf(machine, []).Triple;
        var labs = Path.Combine(Repository.Root, "tests", "lab");
        var (code, output, errors) = Tools.TryRun(
            "bash",
            "-c",
            $". '{labs}/common.sh'; cross_compiler {triple}; printf '%s' \"$unpacked\""
        );
        Tools.RequireOrSkip(code == 0 ? null : $"There is no gcc for {triple}: {errors.Trim()}");
        return Directory.EnumerateFiles(output.Split('\n')[^1], "cc1", SearchOption.AllDirectories).Single();
    }
}
