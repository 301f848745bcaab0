using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace VmcsGen.Site.Pages;

/// <summary>A page for each diagnostic of generator and analyzers: its section in the documents that explain them.</summary>
internal static partial class DiagnosticPages
{
    private const string Title = "Diagnostics";
    private const string Intro = "What the generator says of specs, and the analyzers of code.";

    private static readonly string[] s_documents = ["docs/diagnostics.md", "docs/analyzers.md"];

    /// <summary>The pages.</summary>
    public static IReadOnlyList<Page> Read(string repository) =>
        [.. s_documents.SelectMany(document => Sections(document, File.ReadAllText(Path.Combine(repository, document))))];

    /// <summary>The list of diagnostics.</summary>
    public static Page Index(IReadOnlyList<Page> diagnostics) =>
        Page.Markdown(
            "diagnostics/index.md",
            Title,
            Title,
            Intro,
            $"# {Title}\n\n{Intro}\n\n"
                + Markdown.Table(
                    ["id", ""],
                    diagnostics.Select(static page =>
                        new[] { $"[{page.Name}]({Path.GetFileName(page.Path)})", Markdown.Escape(WhatItSays(page.Text)) }
                    )
                )
        );

    private static IEnumerable<Page> Sections(string document, string text)
    {
        foreach (Match section in Section().Matches(text))
        {
            var id = section.Groups[1].Value;
            var path = $"diagnostics/{id}.md";
            var body = Link().Replace(section.Groups[2].Value, link => $"]({Rebased(document, path, link.Groups[1].Value)})");
            var says = WhatItSays(body);
            var more = $"[All of them, and what they have in common]({Markdown.Relative(path, document)}).";
            yield return Page.Markdown(path, id, $"{id}: {says}", says, $"# {id}\n\n{body.Trim()}\n\n{more}");
        }
    }

    // The first words in bold.
    private static string WhatItSays(string body) => Bold().Match(body).Groups[1].Value.TrimEnd('.');

    // A link without a page leads to a heading of the document.
    private static string Rebased(string document, string page, string target) =>
        target.Contains("://") ? target
        : target.StartsWith('#') ? Markdown.Relative(page, document) + target
        : Markdown.Relative(page, Path.GetRelativePath("/", Path.GetFullPath(target, $"/{Path.GetDirectoryName(document)}")));

    [GeneratedRegex(@"^## (VMCS\d+)\n(.*?)(?=^## |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\*\*(.+?)\*\*", RegexOptions.Singleline)]
    private static partial Regex Bold();
}
