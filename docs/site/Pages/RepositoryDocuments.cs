using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace VmcsGen.Site.Pages;

/// <summary>The repository's own documents, and the files to which they refer.</summary>
internal static partial class RepositoryDocuments
{
    // The readme of the packages says in short what the repository's says.
    private const string PackageReadme = "package.md";

    private static readonly string[] s_first = ["README.md", "CHANGELOG.md", "tests/witnesses/vm-entry.json"];

    /// <summary>Their paths in the repository.</summary>
    public static IReadOnlyList<string> Find(string repository)
    {
        var left = new Queue<string>(
            s_first.Concat(
                Directory
                    .EnumerateFiles(Path.Combine(repository, "docs"), "*.md")
                    .Where(static path => Path.GetFileName(path) != PackageReadme)
                    .Select(path => Path.GetRelativePath(repository, path))
            )
        );
        var found = new SortedSet<string>(StringComparer.Ordinal);
        while (left.TryDequeue(out var path))
        {
            if (!File.Exists(Path.Combine(repository, path)) || !found.Add(path) || Path.GetExtension(path) != ".md")
                continue;
            foreach (Match link in Link().Matches(File.ReadAllText(Path.Combine(repository, path))))
            {
                var target = Path.GetFullPath(link.Groups[1].Value, $"/{Path.GetDirectoryName(path)}");
                left.Enqueue(Path.GetRelativePath("/", target));
            }
        }
        return [.. found];
    }

    /// <summary>The pages among them with their headings, in the order in which the readme names them.</summary>
    public static IReadOnlyList<(string Path, string Title)> Titles(string repository, IReadOnlyList<string> documents)
    {
        var readme = File.ReadAllText(Path.Combine(repository, "README.md"));
        return
        [
            .. documents
                .Where(static path => Path.GetExtension(path) == ".md")
                .OrderBy(path =>
                    path == "README.md" ? -1
                    : readme.IndexOf($"]({path})", StringComparison.Ordinal) is >= 0 and var place ? place
                    : int.MaxValue
                )
                .Select(path =>
                    (
                        path,
                        File.ReadLines(Path.Combine(repository, path))
                            .First(static line => line.StartsWith("# ", StringComparison.Ordinal))[2..]
                    )
                ),
        ];
    }

    // Neither addresses of elsewhere nor headings.
    [GeneratedRegex(@"\]\(([^):#\s]+)(#[^)\s]*)?\)")]
    private static partial Regex Link();
}
