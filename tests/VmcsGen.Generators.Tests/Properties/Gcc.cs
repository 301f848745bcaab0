using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>The C compiler whose word on layouts counts.</summary>
internal static class Gcc
{
    /// <summary>Compiles a program, runs it, and returns what it printed. Without a compiler, the test is skipped or fails.</summary>
    public static string Run(string program)
    {
        Require();
        var directory = Directory.CreateTempSubdirectory("vmcsgen-gcc-");
        try
        {
            var source = Path.Combine(directory.FullName, "layout.c");
            var binary = Path.Combine(directory.FullName, "layout");
            File.WriteAllText(source, program);
            Execute("gcc", "-std=gnu17", "-w", "-O0", "-o", binary, source);
            return Execute(binary);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void Require()
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(static directory => File.Exists(Path.Combine(directory, "gcc")));
        if (found)
            return;
        const string Reason = "There is no gcc in PATH to compare with: install it (Debian: apt-get install gcc).";
        if (Environment.GetEnvironmentVariable("VMCSGEN_REQUIRE_KVM") == "1")
            Assert.Fail(Reason);
        Assert.Skip(Reason);
    }

    private static string Execute(string file, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{file} failed: {errors.Result}");
        return output;
    }
}
