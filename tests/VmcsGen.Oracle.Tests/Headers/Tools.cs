using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>The C compiler and what comes with it.</summary>
internal static class Tools
{
    private static readonly Lazy<string?> Missing = new(FindMissing);

    /// <summary>Skips the test where there is no compiler or no headers; fails it where they are required.</summary>
    public static void RequireOrSkip()
    {
        Assert.Null(RelativeFolder(Environment.GetEnvironmentVariable("C_INCLUDE_PATH")));
        RequireOrSkip(Missing.Value);
    }

    /// <summary>
    /// What is wrong with folders for headers. Compilers do not mention one that is not there, and take the system's headers; the tests run
    /// in a folder of their own.
    /// </summary>
    /// <param name="folders">Folders with a colon between them, as gcc has them from its environment.</param>
    public static string? RelativeFolder(string? folders) =>
        folders?.Split(':').FirstOrDefault(static folder => !Path.IsPathRooted(folder) || !Directory.Exists(folder)) is { } wrong
            ? $"C_INCLUDE_PATH names '{wrong}', which is no folder by its whole path."
            : null;

    /// <summary>Skips the test for lack of something; fails it where that is required.</summary>
    /// <param name="reason">What is missing; null if nothing is.</param>
    public static void RequireOrSkip(string? reason)
    {
        if (reason is null)
            return;
        Assert.False(Environment.GetEnvironmentVariable("VMCSGEN_REQUIRE_KVM") == "1", reason);
        Assert.Skip(reason);
    }

    /// <summary>Runs a program and returns what it printed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        var (exitCode, text, errors) = TryRun(program, arguments);
        return exitCode == 0 ? text : throw new InvalidOperationException($"{program} failed with {exitCode}: {errors}");
    }

    /// <summary>Runs a program that may fail.</summary>
    public static (int ExitCode, string Output, string Errors) TryRun(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Messages are parsed: they must be in one language.
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        var errors = Task.Run(process.StandardError.ReadToEnd);
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text, errors.Result);
    }

    private static string? FindMissing()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return "The KVM headers of this machine are those of another architecture than x86-64.";
        if (!Answers("gcc"))
            return "There is no gcc to ask for layouts: install gcc and libc6-dev.";
        if (!Answers("readelf"))
            return "There is no readelf to read what gcc knows of types: install binutils.";
        using var directory = new ScratchDirectory();
        var source = directory.Write("probe.c", "#include <linux/kvm.h>\n#include <asm/vmx.h>\n");
        return TryRun("gcc", "-fsyntax-only", source).ExitCode == 0
            ? null
            : "gcc finds no <linux/kvm.h> and <asm/vmx.h>: install linux-libc-dev.";
    }

    private static bool Answers(string program)
    {
        try
        {
            return TryRun(program, "--version").ExitCode == 0;
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            return false;
        }
    }
}
