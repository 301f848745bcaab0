using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Site.Tests;

/// <summary>A browser without a window.</summary>
internal static class Chromium
{
    private static readonly string[] s_names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

    private static readonly string? s_path = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .SelectMany(static folder => s_names.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>Skips the test where there is none.</summary>
    public static void RequireOrSkip() =>
        Assert.SkipWhen(s_path is null, "There is no Chromium to open the site in: install the package chromium-headless-shell.");

    /// <summary>The document of an address, after its scripts have run.</summary>
    public static async Task<string> ReadAsync(string address)
    {
        var profile = Directory.CreateTempSubdirectory("vmcsgen-chromium");
        try
        {
            var start = new ProcessStartInfo(
                s_path!,
                [
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    $"--user-data-dir={profile.FullName}",
                    "--virtual-time-budget=20000",
                    "--dump-dom",
                    address,
                ]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var document = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? document : throw new InvalidOperationException(await errors);
        }
        finally
        {
            profile.Delete(recursive: true);
        }
    }
}
