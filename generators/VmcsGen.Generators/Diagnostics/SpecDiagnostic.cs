using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace VmcsGen.Generators.Diagnostics;

/// <summary>A mistake in a spec together with its place: what becomes a compiler diagnostic.</summary>
internal sealed record SpecDiagnostic(SpecError Error, string Path, TokenSpan Span)
{
    public Diagnostic ToDiagnostic()
    {
        // What is not about a file has no place.
        var location =
            Path.Length == 0
                ? Location.None
                : Location.Create(
                    Path,
                    new TextSpan(Span.Start, Span.Length),
                    new LinePositionSpan(new(Span.StartLine, Span.StartColumn), new(Span.EndLine, Span.EndColumn))
                );
        return Diagnostic.Create(Descriptors.Get(Error.Id), location, Error.Arguments.Cast<object>().ToArray());
    }
}
