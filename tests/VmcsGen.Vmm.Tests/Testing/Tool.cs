using System.Diagnostics;
using System.IO;
using Xunit;

namespace VmcsGen.Vmm.Tests.Testing;

/// <summary>Programs of the system that judge: a compiler, pahole, iasl.</summary>
internal static class Tool
{
    /// <summary>Skips the test where the program is missing.</summary>
    public static void Require(string program, string package) =>
        Assert.SkipUnless(
            File.Exists($"/usr/bin/{program}") || File.Exists($"/usr/sbin/{program}"),
            $"{program} (package {package}) is missing."
        );

    /// <summary>Runs a program to its end and gives its output.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {output}{errors.Result}");
        return output;
    }
}
