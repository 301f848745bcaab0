namespace VmcsGen.Generators.Diagnostics;

/// <summary>Where a diagnostic is described: its heading in <c>docs/diagnostics.md</c>.</summary>
internal static class HelpLinks
{
    /// <summary>The page, from the root of the repository.</summary>
    public const string Page = "docs/diagnostics.md";

    public static string Of(string id) => DocumentationLink.To(Page, id);
}
