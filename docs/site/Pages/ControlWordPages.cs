using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Units;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Site.Pages;

/// <summary>The page of each control word: its bits together.</summary>
internal static class ControlWordPages
{
    /// <summary>Makes them.</summary>
    public static IEnumerable<Page> Of(IReadOnlyList<Shelf> shelves, Links links)
    {
        var shelf = shelves.Single(static shelf => shelf.Folder == "controls");
        foreach (var word in SpecSet.BuiltIn.Units.OfType<ControlWordsUnit>().SelectMany(static unit => unit.Words))
        {
            var path = PathOf(word.Type);
            var text = new StringBuilder();
            text.Append(
                CultureInfo.InvariantCulture,
                $"# {word.Type}\n\n{links.Text(word.Doc.Sdm ?? "", path)}. {links.Text(word.Doc.Text ?? "", path)}\n\n"
            );
            var msrs = word.TrueMsr is { } other ? $"{word.Msr}, {other}" : word.Msr;
            text.Append(
                Markdown.Table(
                    ["", ""],
                    [
                        ["field", links.Text(word.Field, path)],
                        ["allowed settings", links.Text(msrs, path)],
                        ["source", links.Text(word.Doc.See ?? "", path)],
                    ]
                )
            );
            text.Append('\n');
            text.Append(ShelfPage.TableOf(shelf, [.. shelf.Facts.Where(fact => fact.Group == word.Type)], path, links));
            yield return Page.Markdown(path, word.Type, $"{word.Type}: {word.Doc.Sdm}", word.Doc.Text ?? word.Type, text.ToString());
        }
    }

    /// <summary>Where the page of a word lies.</summary>
    public static string PathOf(string type) => $"controls/{Shelves.WordOf(type)}/index.md";
}
