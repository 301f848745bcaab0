using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Tool.Facts;

namespace VmcsGen.Site.Pages;

/// <summary>The table of all items of a kind.</summary>
internal static class ShelfPage
{
    /// <summary>Makes it.</summary>
    public static Page Of(Shelf shelf, Links links)
    {
        var path = $"{shelf.Folder}/index.md";
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {shelf.Title}\n\n{shelf.Intro}\n\n");
        foreach (var group in shelf.Facts.GroupBy(static fact => fact.Group))
        {
            if (group.Key is { } name)
                text.Append(CultureInfo.InvariantCulture, $"## {Markdown.Escape(name)}\n\n");
            text.Append(TableOf(shelf, [.. group], path, links)).Append('\n');
        }
        return Page.Markdown(path, shelf.Title, shelf.Title, shelf.Intro, text.ToString());
    }

    /// <summary>Items as a table.</summary>
    public static string TableOf(Shelf shelf, Fact[] facts, string path, Links links) =>
        Markdown.Table(
            ["name", "", "", ""],
            facts.Select(fact =>
                new[]
                {
                    $"[{Markdown.Escape(shelf.Heading(fact))}]({Markdown.Relative(path, shelf.PathOf(fact))})",
                    fact.NativeName is { } native && native != shelf.Heading(fact) ? Markdown.Escape(native) : "",
                    NumberOf(fact),
                    links.Text(fact.Details.FirstOrDefault(static detail => detail.Subject is "meaning" or "if broken").Text ?? "", path),
                }
            )
        );

    private static string NumberOf(Fact fact) =>
        fact.Kind switch
        {
            "exit" or "capability" => $"{fact.Number}",
            "control" => fact.Summary.Split(" of ")[0],
            _ => fact.Number is { } number ? $"0x{number:X}" : "",
        };
}
