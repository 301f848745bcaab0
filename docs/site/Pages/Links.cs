using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using VmcsGen.Generators.Units;

namespace VmcsGen.Site.Pages;

/// <summary>Makes links of the names in a text that have a page.</summary>
internal sealed partial class Links
{
    private readonly Dictionary<string, string> _pages = [];
    private readonly bool _hasApi;

    /// <param name="shelves">Pages of items.</param>
    /// <param name="layouts">Layouts, which have pages.</param>
    /// <param name="diagnostics">Pages of diagnostics.</param>
    /// <param name="hasApi">Whether the site has the libraries' documentation.</param>
    public Links(IReadOnlyList<Shelf> shelves, IReadOnlyList<LayoutUnit> layouts, IReadOnlyList<Page> diagnostics, bool hasApi)
    {
        _hasApi = hasApi;
        foreach (var layout in layouts)
            _pages.TryAdd(layout.Name, LayoutPages.PathOf(layout));
        foreach (var page in diagnostics)
            _pages.TryAdd(page.Name, page.Path);
        foreach (var shelf in shelves)
        {
            foreach (var fact in shelf.Facts)
            {
                foreach (var name in new[] { fact.Name, fact.NativeName, fact.ManualName, $"{fact.Group}.{fact.Name}" })
                {
                    // A name of one word is a word of the language, too.
                    if (name is not null && OneName().IsMatch(name))
                        _pages.TryAdd(name, shelf.PathOf(fact));
                }
            }
        }
    }

    /// <summary>A text as Markdown.</summary>
    /// <param name="text">Plain text.</param>
    /// <param name="from">The page on which it stands.</param>
    public string Text(string text, string from)
    {
        var markdown = new StringBuilder();
        var done = 0;
        foreach (Match name in Name().Matches(text))
        {
            markdown.Append(Markdown.Escape(text[done..name.Index]));
            var link = AddressOf(name.Value, from);
            markdown.Append(link is null ? Markdown.Escape(name.Value) : $"[{Markdown.Escape(name.Value)}]({link})");
            done = name.Index + name.Length;
        }
        return markdown.Append(Markdown.Escape(text[done..])).ToString();
    }

    /// <summary>The address of what a name stands for; null if it has no page, or is the page itself.</summary>
    /// <param name="name">The name.</param>
    /// <param name="from">The page on which it stands.</param>
    public string? AddressOf(string name, string from) =>
        _pages.TryGetValue(name, out var path) && path != from ? Markdown.Relative(from, path)
        : _hasApi && Api.UidOf(name) is { } uid ? $"xref:{uid}"
        : null;

    /// <summary>The documentation of a type, as a link if the site has it.</summary>
    public string Type(string name) => _hasApi && Api.UidOf(name) is { } uid ? $"[{name}](xref:{uid})" : $"`{name}`";

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)?")]
    private static partial Regex Name();

    [GeneratedRegex(@"^([A-Z][a-z0-9]*[A-Z][A-Za-z0-9]*|[A-Z][A-Za-z0-9]*_[A-Za-z0-9_]+|[A-Z]\w+\.\w+)$")]
    private static partial Regex OneName();
}
