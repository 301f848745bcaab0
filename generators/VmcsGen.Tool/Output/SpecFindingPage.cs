using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Output;

/// <summary>What a comparison of specs with headers found, for a person.</summary>
internal static class SpecFindingPage
{
    // Longer lists of what is as it should be are not read.
    private const int LineLength = 140;

    private static readonly (FindingKind Kind, string Heading)[] s_alarms =
    [
        (FindingKind.Missing, "In the headers, and not in the specs"),
        (FindingKind.Different, "Different in the headers"),
        (FindingKind.Refused, "Not understood in the specs"),
    ];

    private static readonly (FindingKind Kind, string Heading)[] s_notes =
    [
        (FindingKind.Newer, "In the specs alone: newer than these headers, or gone from them"),
        (FindingKind.LeftOut, "In the headers, and left out on purpose"),
        (FindingKind.NotExpressible, "In the headers, and nothing that a spec can say"),
    ];

    /// <summary>Writes it.</summary>
    public static void Write(Page page, CInterface header, IReadOnlyList<SpecFinding> findings)
    {
        page.Line(
            $"{header.Records.Count} structs, {header.Ioctls.Count} ioctls and {header.Constants.Count} constants in the headers, "
                + $"{findings.Count(static finding => finding.IsDifference)} differences."
        );
        foreach (var (kind, heading) in s_alarms)
        {
            var found = findings.Where(finding => finding.Kind == kind).ToArray();
            if (found.Length == 0)
                continue;
            page.Heading(heading);
            foreach (var finding in found)
                page.Alarm("  " + Describe(finding));
        }
        foreach (var (kind, heading) in s_notes)
        {
            var found = findings.Where(finding => finding.Kind == kind).Select(static finding => finding.Item).Distinct().ToArray();
            if (found.Length == 0)
                continue;
            page.Heading($"{heading} ({found.Length})");
            foreach (var line in Lines(found))
                page.Line("  " + line);
        }
    }

    /// <summary>A finding in a line.</summary>
    public static string Describe(SpecFinding finding)
    {
        var text = finding.Text.Length == 0 ? finding.Item : $"{finding.Item}: {finding.Text}";
        var place = finding.Path is null ? "" : $"{finding.Path}:{finding.Line}: ";
        return finding is { Path: null, Header: { } header } ? $"{header.Header}:{header.Line}: {text}" : place + text;
    }

    private static IEnumerable<string> Lines(IEnumerable<string> words)
    {
        var line = "";
        foreach (var word in words)
        {
            if (line.Length > 0 && line.Length + word.Length + 2 > LineLength)
            {
                yield return line + ",";
                line = "";
            }
            line = line.Length == 0 ? word : $"{line}, {word}";
        }
        yield return line;
    }
}
