using System.Linq;
using System.Reflection;

namespace VmcsGen;

/// <summary>
/// Addresses of headings in the documentation. The host in front is the project's RepositoryUrl; a build that has none gives links from
/// the root of the repository.
/// </summary>
internal static class DocumentationLink
{
    private static readonly string Base =
        typeof(DocumentationLink)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(static a => a.Key == "DocumentationBase")
            ?.Value
        ?? "";

    /// <summary>The heading that is called after a diagnostic.</summary>
    /// <param name="page">The page, from the root of the repository.</param>
    /// <param name="id">The diagnostic.</param>
    public static string To(string page, string id) => $"{Base}{page}#{id.ToLowerInvariant()}";
}
