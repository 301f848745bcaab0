using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using VmcsGen.Generators;

namespace VmcsGen.Testing;

/// <summary>
/// One run of the generator over specs in memory. The methods called <c>With…</c> change something and run it again on
/// the same driver, so that the steps tell what the change made run, if <see cref="WithSteps"/> had them recorded.
/// </summary>
public sealed class GeneratorRun
{
    /// <summary>The namespace of the project that the specs belong to, unless stated otherwise.</summary>
    public const string RootNamespace = "Acme";

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Preview, DocumentationMode.Diagnose);

    // What every project with specs gets: an attribute, and the table for projects that reference it.
    private static readonly string[] Everywhere = ["NativeNameAttribute.g.cs", "VmcsGenSymbols.g.cs"];

    private readonly GeneratorDriver _driver;
    private readonly CSharpCompilation _consumer;
    private readonly ImmutableArray<SpecText> _specs;
    private readonly string? _emit;
    private readonly string? _architectures;
    private readonly bool _hasSteps;

    private GeneratorRun(
        GeneratorDriver driver,
        CSharpCompilation consumer,
        ImmutableArray<SpecText> specs,
        string? emit,
        string? architectures,
        bool hasSteps
    )
    {
        _driver = driver.RunGenerators(consumer);
        _consumer = consumer;
        _specs = specs;
        _emit = emit;
        _architectures = architectures;
        _hasSteps = hasSteps;
        Result = _driver.GetRunResult();
    }

    /// <summary>The run's result as Roslyn has it.</summary>
    public GeneratorDriverRunResult Result { get; }

    /// <summary>The specs of this run.</summary>
    public IReadOnlyList<SpecText> Specs => _specs;

    /// <summary>The emitted files, by hint, without those that every project with specs gets.</summary>
    public IReadOnlyList<GeneratedSource> Sources =>
        [
            .. Generator
                .GeneratedSources.Where(s => !Everywhere.Contains(s.HintName) || _emit == "all")
                .Select(static s => new GeneratedSource(s.HintName, s.SourceText.ToString()))
                .OrderBy(static s => s.Hint, StringComparer.Ordinal),
        ];

    /// <summary>The diagnostics, in the order of their places.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics =>
        [
            .. Result
                .Diagnostics.OrderBy(static d => d.Location.GetLineSpan().Path, StringComparer.Ordinal)
                .ThenBy(static d => d.Location.SourceSpan.Start),
        ];

    private GeneratorRunResult Generator =>
        Result.Results.Single() is { Exception: { } exception }
            ? throw new InvalidOperationException("The generator threw.", exception)
            : Result.Results.Single();

    private GeneratorRunResult Recorded =>
        _hasSteps
            ? Generator
            : throw new InvalidOperationException($"This run recorded no steps: {nameof(WithSteps)} makes one that does.");

    /// <summary>Runs over the specs of a user's project.</summary>
    public static GeneratorRun Of(params SpecText[] specs) => Of(null, specs);

    /// <summary>Runs over the specs of a user's project with references: to the runtime, whose members are looked at.</summary>
    public static GeneratorRun In(IEnumerable<MetadataReference> references, params SpecText[] specs)
    {
        var run = Of(specs);
        return new(run._driver, run._consumer.AddReferences(references), run._specs, run._emit, run._architectures, run._hasSteps);
    }

    /// <summary>Runs over specs with the property <c>VmcsGenEmit</c> set: <c>runtime</c>, <c>symbols</c>, or null.</summary>
    public static GeneratorRun Of(string? emit, params SpecText[] specs) => Of(emit, ParseOptions, specs);

    /// <summary>Runs over the specs of a user's project that is compiled as a version of C#.</summary>
    public static GeneratorRun Of(LanguageVersion version, params SpecText[] specs) =>
        Of(null, ParseOptions.WithLanguageVersion(version), specs);

    /// <summary>Runs over specs for other machines than x86-64.</summary>
    /// <param name="architectures">The property <c>VmcsGenArchitectures</c>.</param>
    /// <param name="emit">The property <c>VmcsGenEmit</c>.</param>
    /// <param name="specs">The specs.</param>
    public static GeneratorRun For(string architectures, string? emit, params SpecText[] specs) =>
        Of(emit, ParseOptions, specs, architectures);

    private static GeneratorRun Of(string? emit, CSharpParseOptions parseOptions, SpecText[] specs, string? architectures = null) =>
        new(
            CreateDriver(parseOptions, specs, new(RootNamespace, emit, architectures), hasSteps: false),
            ConsumerCompilation.Create(parseOptions),
            [.. specs],
            emit,
            architectures,
            hasSteps: false
        );

    // Recording the steps of the built-in specs takes five times as long as running them.
    private static CSharpGeneratorDriver CreateDriver(
        CSharpParseOptions parseOptions,
        IEnumerable<SpecText> specs,
        SpecOptions options,
        bool hasSteps
    ) =>
        CSharpGeneratorDriver.Create(
            [new VmcsGenerator().AsSourceGenerator()],
            specs,
            parseOptions,
            options,
            new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: hasSteps)
        );

    /// <summary>Runs from the start, and records its steps, and those of the runs that follow from it.</summary>
    public GeneratorRun WithSteps() =>
        new(
            CreateDriver(ParseOptions, _specs, new(RootNamespace, _emit, _architectures), hasSteps: true),
            _consumer,
            _specs,
            _emit,
            _architectures,
            hasSteps: true
        );

    /// <summary>Runs again after the project's C# changed.</summary>
    public GeneratorRun WithCSharp(string source) =>
        new(_driver, _consumer.AddSyntaxTrees(CSharpSyntaxTree.ParseText(source, ParseOptions)), _specs, _emit, _architectures, _hasSteps);

    /// <summary>Runs again after the project's assembly got another name.</summary>
    public GeneratorRun WithAssemblyName(string name) =>
        new(_driver, _consumer.WithAssemblyName(name), _specs, _emit, _architectures, _hasSteps);

    /// <summary>Runs again after the project got references.</summary>
    public GeneratorRun WithReferences(IEnumerable<MetadataReference> references) =>
        new(_driver, _consumer.AddReferences(references), _specs, _emit, _architectures, _hasSteps);

    /// <summary>Runs again with one more spec.</summary>
    public GeneratorRun WithAdded(SpecText spec) =>
        new(_driver.AddAdditionalTexts([spec]), _consumer, _specs.Add(spec), _emit, _architectures, _hasSteps);

    /// <summary>Runs again without a spec.</summary>
    public GeneratorRun WithRemoved(string path)
    {
        var spec = _specs.Single(s => s.Path == path);
        return new(_driver.RemoveAdditionalTexts([spec]), _consumer, _specs.Remove(spec), _emit, _architectures, _hasSteps);
    }

    /// <summary>Runs again after the text of a spec was edited: the first occurrence of <paramref name="old"/> is replaced.</summary>
    public GeneratorRun WithEdit(string path, string old, string replacement)
    {
        var spec = _specs.Single(s => s.Path == path);
        var at = spec.Text.IndexOf(old, StringComparison.Ordinal);
        if (at < 0)
            throw new ArgumentException($"{path} does not contain '{old}'.", nameof(old));
        return WithTexts([(path, string.Concat(spec.Text.AsSpan(0, at), replacement, spec.Text.AsSpan(at + old.Length)))]);
    }

    /// <summary>Runs again after specs got other texts.</summary>
    public GeneratorRun WithTexts(IEnumerable<(string Path, string Text)> changes)
    {
        var (driver, specs) = (_driver, _specs);
        foreach (var (path, text) in changes)
        {
            var spec = specs.Single(s => s.Path == path);
            var edited = new SpecText(path, text, spec.IsSpec);
            (driver, specs) = (driver.ReplaceAdditionalText(spec, edited), specs.Replace(spec, edited));
        }
        return new(driver, _consumer, specs, _emit, _architectures, _hasSteps);
    }

    /// <summary>Runs again after the project was evaluated again: the options are equal, or the root namespace is another.</summary>
    public GeneratorRun WithOptions(string rootNamespace = RootNamespace) =>
        new(
            _driver.WithUpdatedAnalyzerConfigOptions(new SpecOptions(rootNamespace, _emit, _architectures)),
            _consumer,
            _specs,
            _emit,
            _architectures,
            _hasSteps
        );

    /// <summary>The text of an emitted file.</summary>
    public string Source(string hint) =>
        Sources.SingleOrDefault(s => s.Hint == hint)?.Text
        ?? throw new InvalidOperationException($"There is no {hint} among {string.Join(", ", Sources.Select(static s => s.Hint))}.");

    /// <summary>What a step gave; nothing when it did not run at all.</summary>
    public IReadOnlyList<StepOutput> Step(string trackingName) =>
        Recorded.TrackedSteps.TryGetValue(trackingName, out var steps)
            ? [.. steps.SelectMany(static s => s.Outputs).Select(static o => new StepOutput(o.Value, o.Reason))]
            : [];

    /// <summary>What was handed to the compiler: for each emitted file or diagnostic, whether it was made anew.</summary>
    public IReadOnlyList<StepOutput> Outputs =>
        [
            .. Recorded
                .TrackedOutputSteps.Values.SelectMany(static steps => steps)
                .SelectMany(static s => s.Outputs)
                .Select(static o => new StepOutput(o.Value, o.Reason)),
        ];

    /// <summary>The names of all tracked steps.</summary>
    public IEnumerable<string> StepNames => Recorded.TrackedSteps.Keys;

    /// <summary>
    /// The project with the emitted files in it, and with further source files and references as given. Unlike the runtime,
    /// an ordinary project does not allow unsafe code.
    /// </summary>
    public ConsumerCompilation Compile(IEnumerable<MetadataReference> references, params string[] sources) =>
        new(
            _consumer
                .WithOptions(_consumer.Options.WithAllowUnsafe(_emit is not null))
                .AddReferences(references)
                .AddSyntaxTrees(Generator.GeneratedSources.Select(static s => s.SyntaxTree))
                .AddSyntaxTrees(sources.Select(static s => CSharpSyntaxTree.ParseText(s, ParseOptions)))
        );

    /// <summary>The same for a program: its source may have top-level statements.</summary>
    public ConsumerCompilation CompileProgram(IEnumerable<MetadataReference> references, string source) =>
        new(
            _consumer
                .WithOptions(
                    _consumer
                        .Options.WithOutputKind(OutputKind.ConsoleApplication)
                        .WithSpecificDiagnosticOptions([new("CS0105", ReportDiagnostic.Suppress)])
                )
                .AddReferences(references)
                .AddSyntaxTrees(Generator.GeneratedSources.Select(static s => s.SyntaxTree))
                .AddSyntaxTrees(CSharpSyntaxTree.ParseText(source, ParseOptions))
        );
}
