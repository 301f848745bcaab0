using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using PuppeteerSharp;
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

    /// <summary>Starts it.</summary>
    public static Task<IBrowser> StartAsync() =>
        // Root has no sandbox, and the pages are ours.
        Puppeteer.LaunchAsync(new LaunchOptions { ExecutablePath = s_path, Args = ["--no-sandbox", "--disable-gpu"] });
}
