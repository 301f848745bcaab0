using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Site.Pages;

namespace VmcsGen.Site;

/// <summary>All that docfx makes the site of, but for the documentation of the libraries.</summary>
/// <param name="Pages">Pages made of specs, and tables of contents.</param>
/// <param name="Documents">Files of the repository that are pages as they are, or that such pages refer to; by their paths in it.</param>
/// <param name="Repository">The repository.</param>
internal sealed record SitePages(IReadOnlyList<Page> Pages, IReadOnlyList<string> Documents, string Repository)
{
    /// <summary>Makes them of the specs and of a repository's documents.</summary>
    public static SitePages Of(string repository)
    {
        var shelves = Shelves.All;
        var diagnostics = DiagnosticPages.Read(repository);
        var layouts = LayoutPages.All;
        var links = new Links(shelves, layouts, diagnostics);
        var findings = RuleFindings.Read(repository);
        List<Page> pages =
        [
            .. shelves.SelectMany(shelf => shelf.Facts.Select(fact => FactPage.Of(shelf, fact, links, findings))),
            .. shelves.Select(shelf => ShelfPage.Of(shelf, links)),
            .. ControlWordPages.Of(shelves, links),
            .. layouts.Select(layout => LayoutPages.Of(layout, links)),
            LayoutPages.Index(layouts),
            .. diagnostics,
            DiagnosticPages.Index(diagnostics),
        ];
        var documents = RepositoryDocuments.Find(repository);
        pages.Add(FrontPage.Of(shelves, layouts.Count, diagnostics.Count));
        pages.Add(SearchPage.Page);
        pages.AddRange(Contents.Of(shelves, layouts, diagnostics, RepositoryDocuments.Titles(repository, documents)));
        return new(pages, documents, repository);
    }

    /// <summary>Writes them into a folder, which holds nothing else afterwards.</summary>
    public void Write(string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        foreach (var page in Pages)
            File.WriteAllText(Prepare(directory, page.Path), page.Text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        foreach (var document in Documents)
            File.Copy(Path.Combine(Repository, document), Prepare(directory, document));
    }

    private static string Prepare(string directory, string path)
    {
        var full = Path.Combine(directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return full;
    }
}
