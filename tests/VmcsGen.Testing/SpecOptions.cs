using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace VmcsGen.Testing;

/// <summary>What the project file tells the generator, as the compiler passes it on.</summary>
/// <param name="rootNamespace">The property RootNamespace; null when it is not set.</param>
/// <param name="emit">The property VmcsGenEmit; null when it is not set.</param>
/// <param name="architectures">The property VmcsGenArchitectures; null when it is not set.</param>
internal sealed class SpecOptions(string? rootNamespace, string? emit, string? architectures = null) : AnalyzerConfigOptionsProvider
{
    private static readonly Values None = new([]);
    private static readonly Values Spec = new([new("build_metadata.AdditionalFiles.VmcsSpec", "true")]);
    private static readonly Values BuiltIn = new([new("build_metadata.AdditionalFiles.VmcsSpec", "built-in")]);

    public override AnalyzerConfigOptions GlobalOptions { get; } =
        new Values([
            new("build_property.RootNamespace", rootNamespace),
            new("build_property.VmcsGenEmit", emit),
            new("build_property.VmcsGenArchitectures", architectures),
        ]);

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => None;

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) =>
        textFile is not SpecText { IsSpec: true } ? None
        : emit == "all" && RuntimeSources.IsBuiltIn(textFile.Path) ? BuiltIn
        : Spec;

    private sealed class Values(IEnumerable<KeyValuePair<string, string?>> values) : AnalyzerConfigOptions
    {
        private readonly ImmutableDictionary<string, string?> _values = values.ToImmutableDictionary(KeyComparer);

        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) =>
            _values.TryGetValue(key, out value) && value is not null;
    }
}
