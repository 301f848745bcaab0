using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>Runs the .NET command line, and what it builds, and keeps what they print.</summary>
internal sealed record Command(int ExitCode, string Output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // One compiler server for all consumers, and for nobody else: it ends with the tests.
    private static readonly string ServerPipe = $"vmcsgen-{Guid.NewGuid():N}";

    public static Task<Command> Dotnet(string directory, params IEnumerable<string> arguments) => Run(directory, "dotnet", arguments);

    public static async Task<Command> Run(string directory, string program, params IEnumerable<string> arguments)
    {
        var start = Prepare(directory, program, arguments);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{program} {string.Join(' ', start.ArgumentList)}' did not end within {Limit}.");
        }
        return new(process.ExitCode, await output + await error);
    }

    /// <summary>How every process of these tests is started.</summary>
    public static ProcessStartInfo Prepare(string directory, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_WATCH_SUPPRESS_EMOJIS"] = "1";
        // Build nodes would outlive the test and hold its folder.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "true";
        start.Environment["SharedCompilationId"] = ServerPipe;
        // A consumer is a build of its own: what this test run was started with must not reach it.
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment.Remove("RepositoryUrl");
        return start;
    }

    /// <summary>Ends the compiler server, which is known by the name of its pipe, and takes away the pipe.</summary>
    public static void StopServer()
    {
        foreach (
            var folder in Directory.EnumerateDirectories("/proc").Where(static folder => int.TryParse(Path.GetFileName(folder), out _))
        )
        {
            try
            {
                if (!File.ReadAllText(Path.Combine(folder, "cmdline")).Contains($"pipename:{ServerPipe}", StringComparison.Ordinal))
                    continue;
                using var server = Process.GetProcessById(int.Parse(Path.GetFileName(folder), null));
                server.Kill();
                server.WaitForExit(Limit);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
            {
                // A process that ended meanwhile, or one of somebody else.
            }
        }
        File.Delete(Path.Combine(Path.GetTempPath(), ServerPipe));
    }

    /// <summary>Fails the test with the command's output unless the command succeeded.</summary>
    public Command MustSucceed()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}");
        return this;
    }

    /// <summary>Fails the test with the command's output unless the command failed.</summary>
    public Command MustFail()
    {
        Assert.True(ExitCode != 0, $"It succeeded.\n{Output}");
        return this;
    }
}
