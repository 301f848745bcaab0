using System.Linq;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.Import;

namespace VmcsGen.Tool.Output;

/// <summary>What an import did, for a person.</summary>
internal static class ImportPage
{
    /// <summary>Writes it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="header">What was imported.</param>
    /// <param name="result">What came of it.</param>
    /// <param name="isDry">Whether nothing was written.</param>
    public static void Write(Page page, CInterface header, ImportResult result, bool isDry)
    {
        var (isNew, changed) = Words(isDry);
        if (isDry)
            page.Line(DryRun);
        foreach (var file in result.Changes.GroupBy(static change => change.Path))
        {
            page.Heading(file.Key);
            foreach (var change in file.Distinct())
                page.Line($"  {(change.IsNew ? isNew : changed)}  {change.Item}");
        }
        if (result.Changes.Count == 0)
            page.Line("Nothing to change.");
        else if (isDry)
            page.Line("With that, the specs would compare like this:");
        SpecFindingPage.Write(page, header, result.Findings, "headers");
    }

    /// <summary>What a dry run says of itself.</summary>
    public const string DryRun = "Nothing was written, since this is a dry run.";

    /// <summary>What is said of an item that was not in a spec before, and of one that was.</summary>
    public static (string New, string Changed) Words(bool isDry) =>
        isDry ? ("would be new    ", "would be changed") : ("new    ", "changed");
}
