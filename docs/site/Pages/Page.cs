namespace VmcsGen.Site.Pages;

/// <summary>A file for docfx.</summary>
/// <param name="Path">Where it lies, from the root of the site: its address ends in .html instead of .md.</param>
/// <param name="Name">What it is called in a table of contents.</param>
/// <param name="Text">What it says.</param>
internal sealed record Page(string Path, string Name, string Text)
{
    /// <summary>A page of Markdown, with the title that the search looks at first.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="name">What it is called in a table of contents.</param>
    /// <param name="title">Its title.</param>
    /// <param name="description">What it is about, in a sentence.</param>
    /// <param name="body">What it says.</param>
    /// <param name="isFound">Whether the search finds it.</param>
    public static Page Markdown(string path, string name, string title, string description, string body, bool isFound = true) =>
        new(
            path,
            name,
            $"""
            ---
            title: {Yaml.Quote(title)}
            description: {Yaml.Quote(description)}
            _noindex: {(isFound ? "false" : "true")}
            ---
            {body.TrimEnd()}

            """
        );
}
