using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading.Tasks;
using PuppeteerSharp;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Site.Tests;

/// <summary>The site as docs/site/build.sh builds it, and a server for it.</summary>
public sealed class BuiltSite : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private Process? _server;
    private IBrowser? _browser;
    private Uri? _address;

    /// <summary>Whether the libraries' documentation is built too, which takes a minute.</summary>
    public static bool IsWhole { get; } = Environment.GetEnvironmentVariable("VMCSGEN_WHOLE_SITE") == "1";

    /// <summary>The folder of the site.</summary>
    public static string Folder { get; } = Path.Combine(RuntimeSources.Root, "artifacts", "site", "html");

    /// <summary>What the build printed.</summary>
    public string Output { get; private set; } = "";

    /// <summary>How the build ended: 0 if all is well.</summary>
    public int ExitCode { get; private set; }

    public async ValueTask InitializeAsync()
    {
        using var build = Start("bash", ["docs/site/build.sh", "--no-build", .. IsWhole ? Array.Empty<string>() : ["--no-api"]]);
        var errors = build.StandardError.ReadToEndAsync();
        Output = await build.StandardOutput.ReadToEndAsync() + await errors;
        await build.WaitForExitAsync();
        ExitCode = build.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        if (_server is null)
            return;
        _server.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync();
        _server.Dispose();
    }

    /// <summary>A page of the site in a browser, which is started when it is asked for.</summary>
    public async Task<IPage> OpenAsync(string address)
    {
        if (_browser is null)
        {
            await ServeAsync();
            _browser = await Chromium.StartAsync();
        }
        var page = await _browser.NewPageAsync();
        await page.GoToAsync(new Uri(_address!, address).AbsoluteUri);
        return page;
    }

    private async Task ServeAsync()
    {
        var port = FreePort();
        _address = new Uri($"http://localhost:{port}/");
        _server = Start("dotnet", "docfx", "serve", Folder, "-p", $"{port}");
        using var client = new HttpClient();
        for (var begin = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            try
            {
                await client.GetStringAsync(_address);
                return;
            }
            catch (HttpRequestException) when (begin.Elapsed < s_patience) { }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = RuntimeSources.Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
}
