using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Tool.Output;

/// <summary>Mistakes in specs, as SARIF.</summary>
internal static class MistakeSarif
{
    /// <summary>Writes them.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<Diagnostic> mistakes) =>
        Sarif.Write(
            json,
            [.. mistakes.Select(static one => one.Descriptor).DistinctBy(static one => one.Id).Select(Rule)],
            mistakes.Select(Result)
        );

    private static SarifRule Rule(DiagnosticDescriptor rule) =>
        new(
            rule.Id,
            rule.Title.ToString(CultureInfo.InvariantCulture),
            rule.Description.ToString(CultureInfo.InvariantCulture),
            rule.HelpLinkUri.Length != 0 ? rule.HelpLinkUri : null
        );

    private static SarifResult Result(Diagnostic mistake)
    {
        var place = mistake.Location.GetLineSpan();
        var (start, end) = (place.StartLinePosition, place.EndLinePosition);
        return new(
            mistake.Id,
            mistake.Severity == DiagnosticSeverity.Error ? "error" : "warning",
            mistake.GetMessage(CultureInfo.InvariantCulture),
            place.Path.Length == 0 ? null : new(place.Path, start.Line + 1, (start.Character + 1, end.Line + 1, end.Character + 1))
        );
    }
}
