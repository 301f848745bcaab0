using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Diagnostics;

public class DiagnosticTests
{
    private static readonly SpecText Bystander = new(
        "specs/bystander.vmcs.yaml",
        """
        kind: enums
        enums:
          - { name: Bystander, size: 8, doc: In another file., values: [] }
        """
    );

    private static readonly SpecText BystandingBits = new(
        "specs/bystander-bits.vmcs.yaml",
        """
        kind: bitfields
        bitfields:
          - { name: BystanderFlags, size: 32, doc: In another file., bits: [{ bit: 0, name: Guest }, { bit: 1, name: Host }] }
        """
    );

    private static readonly Dictionary<string, DiagnosticCase> Cases = new[]
    {
        YamlCases.All,
        KeyCases.All,
        ValueCases.All,
        NameCases.All,
        ReferenceCases.All,
        EncodingCases.All,
        CheckCases.All,
        BitCases.All,
        LayoutCases.All,
        StructCases.All,
        IoctlCases.All,
        ConstantCases.All,
        X86Cases.All,
    }
        .SelectMany(static cases => cases)
        .ToDictionary(static c => c.Name);

    internal static SpecText[] Bystanders => [Bystander, BystandingBits];

    internal static IEnumerable<DiagnosticCase> All => Cases.Values;

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Mistake_is_reported_at_its_place_and_the_rest_generates(string name)
    {
        var mistake = Cases[name];
        var run = GeneratorRun.Of(mistake.Spec, Bystander, BystandingBits);
        var diagnostic = Assert.Single(run.Diagnostics);
        var place = diagnostic.Location.GetLineSpan();
        var expected = $"{DiagnosticCase.Path} {mistake.Position} {mistake.Span}: {mistake.Id} {mistake.Message}";
        var actual =
            $"{place.Path} {place.StartLinePosition} {diagnostic.Location.SourceSpan}: {diagnostic.Id} {diagnostic.GetMessage(CultureInfo.InvariantCulture)}";
        Assert.True(expected == actual, $"Expected {expected}\nActual   {actual}");
        Assert.Equal(mistake.Severity, diagnostic.Severity);
        run.Source("Bystander.g.cs");
        if (mistake.Survives is { } survivor)
            run.Source(survivor);
    }

    // Those take several files, many mistakes, or a mistake of ours: see Visibility, ManyMistakes and InternalErrors.
    private static readonly string[] ElsewhereTested =
    [
        DiagnosticIds.LessVisibleType,
        DiagnosticIds.TooManyMistakes,
        DiagnosticIds.ContradictingReferences,
        DiagnosticIds.MissingFile,
        DiagnosticIds.CopiedFile,
        DiagnosticIds.OldLanguage,
        DiagnosticIds.InternalError,
    ];

    [Fact]
    public void Every_diagnostic_has_a_case() =>
        Assert.Equal(
            Descriptors.All.Select(static d => d.Id).Order(),
            Cases.Values.Select(static c => c.Id).Concat(ElsewhereTested).Distinct().Order()
        );

    [Fact]
    public void Every_id_has_a_descriptor() =>
        Assert.Equal(
            typeof(DiagnosticIds).GetFields().Select(static f => (string)f.GetRawConstantValue()!).Order(),
            Descriptors.All.Select(static d => d.Id).Order()
        );
}
