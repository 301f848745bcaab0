using System.Linq;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.Import;

namespace VmcsGen.Tool.Output;

/// <summary>What an import did, for a person.</summary>
internal static class ImportPage
{
    /// <summary>Writes it.</summary>
    public static void Write(Page page, CInterface header, ImportResult result)
    {
        foreach (var file in result.Changes.GroupBy(static change => change.Path))
        {
            page.Heading(file.Key);
            foreach (var change in file.Distinct())
                page.Line($"  {(change.IsNew ? "new    " : "changed")}  {change.Item}");
        }
        if (result.Changes.Count == 0)
            page.Line("Nothing to change.");
        SpecFindingPage.Write(page, header, result.Findings, "headers");
    }
}
