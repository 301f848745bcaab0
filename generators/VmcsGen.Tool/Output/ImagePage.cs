using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Images;

namespace VmcsGen.Tool.Output;

/// <summary>What an image holds, for a person.</summary>
internal static class ImagePage
{
    /// <summary>Writes it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="parts">What the image holds.</param>
    /// <param name="all">Whether zeros are shown, and every undecided rule.</param>
    public static void Write(Page page, IReadOnlyList<DecodedPart> parts, bool all)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (i != 0)
                page.Line();
            var part = parts[i];
            var shown = part.Values.Where(value => all || !value.IsZero).ToArray();
            var left = part.Values.Count - shown.Length;
            page.Heading(
                left == 0 ? part.Title : $"{part.Title} ({left} of {part.Values.Count} values are 0 and left out, --all shows them)"
            );
            page.Rows(shown.Select(static value => new[] { $"0x{value.Offset:X4}", value.Name, value.Value, value.Words }));
            if (part.Finding is not { } finding)
                continue;
            page.Line();
            FindingPage.Write(page, finding, all);
        }
    }
}
