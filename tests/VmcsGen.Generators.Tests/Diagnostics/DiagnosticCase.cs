using System;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using VmcsGen.Testing;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>A small spec with one mistake, and what is said about it.</summary>
/// <param name="Id">The diagnostic.</param>
/// <param name="Rule">What is wrong, as the test's name says it.</param>
/// <param name="Marked">The spec; the place of the mistake stands between <c>▶</c> and <c>◀</c>.</param>
/// <param name="Message">The whole message.</param>
/// <param name="Survives">A file that must be emitted from the same spec all the same; null when the spec has nothing else.</param>
/// <param name="Severity">How bad it is.</param>
internal sealed record DiagnosticCase(
    string Id,
    string Rule,
    string Marked,
    string Message,
    string? Survives,
    DiagnosticSeverity Severity = DiagnosticSeverity.Error
)
{
    public const string Path = "specs/acme.vmcs.yaml";

    public string Name => $"{Id} {Rule}";

    /// <summary>The spec, without the marks.</summary>
    public SpecText Spec => new(Path, Text);

    /// <summary>The place of the mistake.</summary>
    public TextSpan Span => TextSpan.FromBounds(Start, End - 1);

    /// <summary>The line of the mistake, from zero.</summary>
    public LinePosition Position => SourceText.From(Text).Lines.GetLinePosition(Start);

    private string Text => Marked.Replace("▶", "", StringComparison.Ordinal).Replace("◀", "", StringComparison.Ordinal);

    private int Start =>
        Marked.IndexOf('▶', StringComparison.Ordinal) is >= 0 and var start && Marked.Count(static c => c == '▶') == 1
            ? start
            : throw new InvalidOperationException($"'{Name}' marks no place.");

    private int End => Marked.IndexOf('◀', StringComparison.Ordinal);
}
