using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Tool.Comparison;

namespace VmcsGen.Tool.Output;

/// <summary>What a comparison of specs with headers found, as SARIF.</summary>
internal static class SpecFindingSarif
{
    private static readonly SarifRule[] s_rules =
    [
        new(nameof(FindingKind.Missing), "The header has an item that the specs do not have."),
        new(nameof(FindingKind.Different), "An item is another one in the header."),
        new(nameof(FindingKind.Refused), "A part of a spec cannot be understood."),
        new(nameof(FindingKind.Newer), "The specs have an item that the header does not have."),
        new(nameof(FindingKind.LeftOut), "The header has an item that is left out on purpose."),
        new(nameof(FindingKind.NotExpressible), "The header has an item that specs cannot say."),
    ];

    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<SpecFinding> findings) =>
        Sarif.Write(json, s_rules, findings.Select(Result));

    private static SarifResult Result(SpecFinding finding)
    {
        var text = finding.Text.Length != 0 ? finding.Text : s_rules.Single(rule => rule.Id == finding.Kind.ToString()).Text;
        var place =
            finding.Path is { } path ? new SarifPlace(path, finding.Line)
            : finding.Header is { } header ? new(header.Header, header.Line)
            : null;
        return new(finding.Kind.ToString(), finding.IsDifference ? "error" : "note", $"{finding.Item}: {text}", place);
    }
}
