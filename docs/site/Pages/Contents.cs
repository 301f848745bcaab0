using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Units;

namespace VmcsGen.Site.Pages;

/// <summary>Tables of contents: that of the site, which is the bar above each page, and that of each folder, which stands beside.</summary>
internal static class Contents
{
    private const string Name = "toc.yml";

    /// <summary>Makes them.</summary>
    public static IEnumerable<Page> Of(
        IReadOnlyList<Shelf> shelves,
        IReadOnlyList<LayoutUnit> layouts,
        IReadOnlyList<Page> diagnostics,
        IReadOnlyList<(string Path, string Title)> documents,
        bool hasApi
    )
    {
        yield return Bar(shelves, hasApi);
        foreach (var shelf in shelves)
            yield return File(shelf.Folder, shelf.Title, Groups(shelf));
        yield return File("layouts", "Layouts", [.. layouts.Select(static layout => (layout.Name, FileOf(LayoutPages.PathOf(layout))))]);
        yield return File("diagnostics", "Diagnostics", [.. diagnostics.Select(static page => (page.Name, FileOf(page.Path)))]);
        yield return new(
            "docs/" + Name,
            "",
            Items(documents.Select(static page => (page.Title, Markdown.Relative("docs/" + Name, page.Path))), 0)
        );
    }

    private static Page Bar(IReadOnlyList<Shelf> shelves, bool hasApi)
    {
        var text = new StringBuilder("- name: Guide\n  href: docs/\n");
        foreach (
            var (name, folders) in new[]
            {
                ("VMX", new[] { "fields", "controls", "exits", "msrs", "rules" }),
                ("KVM", ["ioctls", "capabilities"]),
            }
        )
        {
            text.Append(CultureInfo.InvariantCulture, $"- name: {name}\n  items:\n");
            foreach (var shelf in shelves.Where(shelf => folders.Contains(shelf.Folder)))
                text.Append(CultureInfo.InvariantCulture, $"  - name: {shelf.Title}\n    href: {shelf.Folder}/\n");
            if (name == "VMX")
                text.Append("  - name: Layouts\n    href: layouts/\n");
        }
        text.Append("- name: Diagnostics\n  href: diagnostics/\n");
        if (hasApi)
            text.Append("- name: API\n  href: api/\n");
        return new(Name, "", text.ToString());
    }

    private static string Groups(Shelf shelf)
    {
        var groups = shelf.Facts.GroupBy(static fact => fact.Group).ToArray();
        var text = new StringBuilder();
        foreach (var group in groups)
        {
            var items = group.Select(fact => (shelf.Heading(fact), $"{shelf.Address(fact)}.md"));
            if (group.Key is not { } name)
            {
                text.Append(Items(items, 0));
                continue;
            }
            text.Append(CultureInfo.InvariantCulture, $"- name: {Yaml.Quote(name)}\n");
            if (shelf.Folder == "controls")
                text.Append(CultureInfo.InvariantCulture, $"  href: {Shelves.WordOf(name)}/index.md\n");
            text.Append("  items:\n").Append(Items(items, 2));
        }
        return text.ToString();
    }

    private static Page File(string folder, string title, IEnumerable<(string, string)> items) => File(folder, title, Items(items, 0));

    private static Page File(string folder, string title, string items) =>
        new($"{folder}/{Name}", "", $"- name: {Yaml.Quote(title)}\n  href: index.md\n{items}");

    private static string Items(IEnumerable<(string Name, string Address)> items, int indent) =>
        string.Concat(
            items.Select(item =>
                $"{new string(' ', indent)}- name: {Yaml.Quote(item.Name)}\n{new string(' ', indent)}  href: {item.Address}\n"
            )
        );

    private static string FileOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
