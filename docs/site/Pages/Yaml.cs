namespace VmcsGen.Site.Pages;

/// <summary>Texts in YAML.</summary>
internal static class Yaml
{
    /// <summary>A text as it stands in YAML, whatever is in it.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''")}'";
}
