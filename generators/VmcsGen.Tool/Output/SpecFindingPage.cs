using System;
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
        (FindingKind.Missing, "In the {0}, and not in the specs"),
        (FindingKind.Different, "Different in the {0}"),
        (FindingKind.Refused, "Not understood in the specs"),
    ];

    private static readonly (FindingKind Kind, string Heading)[] s_notes =
    [
        (FindingKind.Newer, "In the specs alone: newer than the {0}, or gone from there"),
        (FindingKind.LeftOut, "In the {0}, and left out on purpose"),
        (FindingKind.NotExpressible, "In the {0}, and nothing that a spec can say"),
    ];

    /// <summary>Writes it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="header">What the specs were compared with.</param>
    /// <param name="findings">What was found.</param>
    /// <param name="source">What that is: headers, or a kernel.</param>
    public static void Write(Page page, CInterface header, IReadOnlyList<SpecFinding> findings, string source)
    {
        page.Line(
            $"{header.Records.Count} structs, {header.Ioctls.Count} ioctls and {header.Constants.Count} constants in the {source}, "
                + $"{findings.Count(static finding => finding.IsDifference)} differences."
        );
        foreach (var (kind, heading) in s_alarms)
        {
            var found = findings.Where(finding => finding.Kind == kind).ToArray();
            if (found.Length == 0)
                continue;
            page.Heading(Heading(heading));
            foreach (var finding in found)
                page.Alarm("  " + Describe(finding));
        }
        foreach (var (kind, heading) in s_notes)
        {
            var found = findings.Where(finding => finding.Kind == kind).Select(static finding => finding.Item).Distinct().ToArray();
            if (found.Length == 0)
                continue;
            page.Heading($"{Heading(heading)} ({found.Length})");
            foreach (var line in Lines(found))
                page.Line("  " + line);
        }

        string Heading(string text) => text.Replace("{0}", source, StringComparison.Ordinal);
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
