using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace VmcsGen.Site.Pages;

/// <summary>Pieces of Markdown.</summary>
internal static partial class Markdown
{
    /// <summary>Plain text, of which nothing is taken for Markdown.</summary>
    public static string Escape(string text) => Special().Replace(text, @"\$0").Replace("@", "&#64;");

    /// <summary>The way from a page to another.</summary>
    public static string Relative(string from, string to) => Path.GetRelativePath(Path.GetDirectoryName($"/{from}")!, $"/{to}");

    /// <summary>A table; a head of empty texts is not shown.</summary>
    public static string Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows) =>
        string.Join('\n', rows.Prepend([.. head.Select(static _ => "---")]).Prepend(head).Select(Row)) + "\n";

    private static string Row(IReadOnlyList<string> cells) => $"| {string.Join(" | ", cells)} |";

    [GeneratedRegex(@"[\\`*_\[\]<>|#~$]")]
    private static partial Regex Special();
}
