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
    /// <param name="repository">The repository.</param>
    /// <param name="hasApi">Whether the site has the libraries' documentation, so that names in texts may lead there.</param>
    public static SitePages Of(string repository, bool hasApi)
    {
        var shelves = Shelves.All;
        var diagnostics = DiagnosticPages.Read(repository);
        var layouts = LayoutPages.All;
        var links = new Links(shelves, layouts, diagnostics, hasApi);
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
        pages.Add(FrontPage.Of(shelves, layouts.Count, diagnostics.Count, hasApi));
        pages.Add(SearchPage.Page);
        pages.AddRange(Contents.Of(shelves, layouts, diagnostics, RepositoryDocuments.Titles(repository, documents), hasApi));
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
