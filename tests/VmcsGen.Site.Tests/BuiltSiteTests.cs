using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using PuppeteerSharp;
using Xunit;

namespace VmcsGen.Site.Tests;

/// <summary>The site that docfx makes.</summary>
public sealed partial class BuiltSiteTests(BuiltSite site) : IClassFixture<BuiltSite>
{
    private const string Result = "#search-results .item-title a";

    [Fact]
    public void The_site_is_built_without_a_warning() => Assert.True(site.ExitCode == 0, site.Output);

    [Fact]
    public void Pages_have_a_title_and_say_how_their_characters_are_encoded()
    {
        var pages = Pages();

        Assert.True(pages.Length > (BuiltSite.IsWhole ? 1900 : 1200), $"Only {pages.Length} pages were found.");
        Assert.Empty(
            pages
                // Pieces of pages.
                .Where(static page => Path.GetFileName(page.Path) != "toc.html")
                .Where(static page =>
                    !page.Text.Contains("<meta charset=\"utf-8\">", StringComparison.Ordinal) || !Title().IsMatch(page.Text)
                )
                .Select(static page => page.Path)
        );
    }

    [Fact]
    public void Links_lead_to_files_and_places_of_the_site()
    {
        var pages = Pages();
        var places = pages.ToDictionary(
            static page => page.Path,
            static page => Id().Matches(page.Text).Select(static id => WebUtility.HtmlDecode(id.Groups[1].Value)).ToHashSet()
        );
        var broken = new SortedSet<string>(StringComparer.Ordinal);
        var links = 0;
        foreach (var (path, text) in pages)
        {
            foreach (Match match in Link().Matches(text))
            {
                var link = Uri.UnescapeDataString(WebUtility.HtmlDecode(match.Groups[1].Value)).Split('#');
                if (link[0].Contains(':', StringComparison.Ordinal))
                    continue;
                links++;
                var file = link[0].Split('?')[0];
                var target = file.Length == 0 ? path : Path.GetRelativePath("/", Path.GetFullPath(file, $"/{Path.GetDirectoryName(path)}"));
                if (Directory.Exists(Path.Combine(BuiltSite.Folder, target)))
                    target = Path.Combine(target, "index.html");
                if (!File.Exists(Path.Combine(BuiltSite.Folder, target)))
                    broken.Add($"{path}: {match.Groups[1].Value}");
                else if (link.Length > 1 && link[1].Length != 0 && !places[target].Contains(link[1]))
                    broken.Add($"{path}: there is no place {match.Groups[1].Value}");
            }
        }

        Assert.True(links > 10_000, $"Only {links} links were found.");
        Assert.Empty(broken);
    }

    [Theory]
    [InlineData("0x681E", "fields/guest-rip.html")]
    [InlineData("681E", "fields/guest-rip.html")]
    [InlineData("GUEST_RIP", "fields/guest-rip.html")]
    [InlineData("GuestRip", "fields/guest-rip.html")]
    [InlineData("KVM_RUN", "ioctls/kvm_run.html")]
    [InlineData("0xAE80", "ioctls/kvm_run.html")]
    [InlineData("VMCS1008", "diagnostics/VMCS1008.html")]
    public async Task A_search_finds_first_what_is_meant(string asked, string found)
    {
        Chromium.RequireOrSkip();
        await using var page = await site.OpenAsync($"search.html?q={asked}");

        await page.WaitForSelectorAsync(Result);

        Assert.Equal(found, await FirstResultAsync(page));
    }

    [Theory]
    [InlineData("index.html")]
    [InlineData("fields/guest-rip.html")]
    public async Task Enter_in_the_search_box_opens_what_was_found_first(string address)
    {
        Chromium.RequireOrSkip();
        await using var page = await site.OpenAsync(address);

        await page.WaitForSelectorAsync("#search-query:not([disabled])");
        await page.TypeAsync("#search-query", "kvm_set_regs");
        await Task.WhenAll(page.WaitForNavigationAsync(), page.Keyboard.PressAsync("Enter"));

        Assert.Equal("/ioctls/kvm_set_regs.html", new Uri(page.Url).AbsolutePath);
        Assert.Equal("KVM_SET_REGS", await page.EvaluateExpressionAsync<string>("document.querySelector('h1').textContent"));
    }

    [Fact]
    public async Task The_path_of_an_exit_is_drawn()
    {
        Chromium.RequireOrSkip();
        await using var page = await site.OpenAsync("docs/api.html");

        await page.WaitForSelectorAsync(".mermaid svg text");

        var text = await page.EvaluateExpressionAsync<string>("document.querySelector('.mermaid svg').textContent");
        Assert.Contains("KVM_RUN", text, StringComparison.Ordinal);
        Assert.Contains("VM exit", text, StringComparison.Ordinal);
    }

    private static async Task<string> FirstResultAsync(IPage page) =>
        new Uri(await page.EvaluateExpressionAsync<string>($"document.querySelector('{Result}').href")).AbsolutePath[1..];

    private static (string Path, string Text)[] Pages() =>
        [
            .. Directory
                .EnumerateFiles(BuiltSite.Folder, "*.html", SearchOption.AllDirectories)
                .Select(static path => (Path.GetRelativePath(BuiltSite.Folder, path), File.ReadAllText(path))),
        ];

    [GeneratedRegex(@"<title>\s*\w")]
    private static partial Regex Title();

    [GeneratedRegex("\\sid=\"([^\"]+)\"")]
    private static partial Regex Id();

    [GeneratedRegex("(?:href|src)=\"([^\"]+)\"")]
    private static partial Regex Link();
}
