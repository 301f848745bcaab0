using System.Linq;
using System.Reflection;

namespace VmcsGen.Generators.Diagnostics;

/// <summary>
/// Where a diagnostic is described: its heading in <c>docs/diagnostics.md</c>. The host in front is the project's
/// RepositoryUrl; a build that has none gives links from the root of the repository.
/// </summary>
internal static class HelpLinks
{
    /// <summary>The page, from the root of the repository.</summary>
    public const string Page = "docs/diagnostics.md";

    private static readonly string Base = typeof(HelpLinks).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(static a => a.Key == "DocumentationBase")?.Value ?? "";

    public static string Of(string id) => $"{Base}{Page}#{id.ToLowerInvariant()}";
}
