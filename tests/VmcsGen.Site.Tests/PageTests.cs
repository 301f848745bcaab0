using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Site.Pages;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Site.Tests;

/// <summary>The pages that docfx is given.</summary>
public sealed partial class PageTests
{
    private static readonly Lazy<SitePages> s_site = new(static () => SitePages.Of(RuntimeSources.Root, hasApi: true));

    [Theory]
    [InlineData("fields")]
    [InlineData("controls")]
    [InlineData("exits")]
    [InlineData("msrs")]
    [InlineData("rules")]
    [InlineData("ioctls")]
    [InlineData("capabilities")]
    [InlineData("diagnostics")]
    public void Every_item_of_the_specs_has_one_page_and_every_page_an_item(string folder)
    {
        var names = SpecNames.Of(folder).Select(name => Plain(folder == "msrs" ? name : name.Replace("Controls.", "/"))).ToArray();
        var pages = s_site
            .Value.Pages.Where(page =>
                page.Path.StartsWith($"{folder}/", StringComparison.Ordinal) && page.Path.EndsWith(".md", StringComparison.Ordinal)
            )
            .Where(static page => !page.Path.EndsWith("/index.md", StringComparison.Ordinal))
            .Select(page => Plain(page.Path[(folder.Length + 1)..^3]))
            .ToArray();

        Assert.NotEmpty(names);
        if (folder == "msrs")
            Assert.Equal(names.Length, pages.Length); // Their addresses are the manual's names.
        else
            Assert.Equal(names.Order(), pages.Order());
    }

    [Theory]
    [InlineData("fields/guest-rip", "0x681E")]
    [InlineData("controls/secondary-processor-based/enable-ept", "SECONDARY_EXEC_ENABLE_EPT")]
    [InlineData("exits/ept-violation", "EXIT_REASON_EPT_VIOLATION")]
    [InlineData("exits/kvm_exit_mmio", "exit reason 6 of KVM")]
    [InlineData("msrs/ia32_vmx_basic", "0x480")]
    [InlineData("rules/GuestRflagsFixedBit", "SDM 3C 27.3.1.4")]
    [InlineData("ioctls/kvm_run", "0xAE80")]
    [InlineData("capabilities/kvm_cap_dirty_log_ring", "capability 192")]
    [InlineData("diagnostics/VMCS1008", "used after Dispose")]
    [InlineData("layouts/vmcs12", "0x11E57ED0")]
    public void An_address_can_be_guessed(string address, string text) =>
        Assert.Contains(text, Assert.Single(s_site.Value.Pages, page => page.Path == $"{address}.md").Text, StringComparison.Ordinal);

    [Fact]
    public void No_two_pages_have_one_address()
    {
        var paths = s_site.Value.Pages.Select(static page => page.Path).Concat(s_site.Value.Documents).ToArray();

        Assert.Empty(
            paths.GroupBy(static path => path.ToUpperInvariant()).Where(static same => same.Count() != 1).Select(static same => same.Key)
        );
    }

    [Fact]
    public void Links_lead_to_pages()
    {
        var site = s_site.Value;
        var paths = site.Pages.Select(static page => page.Path).Concat(site.Documents).ToHashSet();
        var links = site
            .Pages.SelectMany(static page =>
                Link().Matches(page.Text).Select(link => (page.Path, Target: link.Groups[1].Value + link.Groups[2].Value))
            )
            .Where(static link =>
                !link.Target.StartsWith("xref:", StringComparison.Ordinal) && !link.Target.Contains("api/", StringComparison.Ordinal)
            )
            .ToArray();

        Assert.True(links.Length > 3000, $"Only {links.Length} links were found.");
        Assert.Empty(
            links
                .Where(link =>
                    !paths.Contains(Path.GetRelativePath("/", Path.GetFullPath(link.Target, $"/{Path.GetDirectoryName(link.Path)}")))
                )
                .Select(static link => $"{link.Path}: {link.Target}")
        );
    }

    [Fact]
    public void A_map_has_each_member_of_a_layout_once_with_its_field()
    {
        var page = s_site.Value.Pages.Single(static page => page.Path == "layouts/vmcs12.md");
        var fields = Regex.Matches(
            File.ReadAllText(Path.Combine(RuntimeSources.Root, "spec/vmx/layouts/vmcs12.yaml")),
            "offset: ([0-9]+), field: ([A-Za-z0-9]+)"
        );

        Assert.True(fields.Count > 100);
        Assert.All(
            fields,
            field =>
            {
                var (offset, name) = (int.Parse(field.Groups[1].Value), field.Groups[2].Value);
                Assert.Matches($"<title>0x{offset:X3}, [0-9]+ bytes: {name}</title>", page.Text);
            }
        );
    }

    [Fact]
    public void Texts_are_not_taken_for_markdown() => Assert.Equal(@"\*a\_b\* \<c\> &#64;d \| e", Markdown.Escape("*a_b* <c> @d | e"));

    private static string Plain(string name) => name.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();

    // Of Markdown and of maps.
    [GeneratedRegex("""\]\(([^)#\s]+)(?:#[^)\s]*)?\)|href="([^"]+)" """)]
    private static partial Regex Link();
}
