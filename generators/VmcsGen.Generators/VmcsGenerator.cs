using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.References;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators;

/// <summary>
/// Turns YAML specs into C#. Each file is read by itself; models of all files are resolved together; every resolved unit
/// is one output. Positions travel apart from the models and meet them again only in the diagnostics.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class VmcsGenerator : IIncrementalGenerator
{
    private const string SpecMetadata = "build_metadata.AdditionalFiles.VmcsSpec";
    private const string Project = "true";
    private const string BuiltIn = "built-in";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var options = context
            .AnalyzerConfigOptionsProvider.Select(static (provider, _) => ReadOptions(provider.GlobalOptions))
            .Combine(context.ParseOptionsProvider.Select(static (options, _) => OldLanguage(options)))
            .Select(static (pair, _) => pair.Left with { OldLanguage = pair.Right })
            .WithTrackingName(TrackingNames.Options);

        var texts = context
            .AdditionalTextsProvider.Combine(context.AnalyzerConfigOptionsProvider)
            .Select(static (pair, _) => new SpecInput(pair.Left, Origin(pair.Right.GetOptions(pair.Left))))
            .Where(static input => input.Origin is Project or BuiltIn);

        // A file that the project lists twice counts once.
        var read = texts
            .Combine(texts.Collect().Select(static (texts, _) => new PathSet(texts)))
            .Where(static pair => pair.Right.IsFirst(pair.Left))
            .Select(static (pair, _) => pair.Left)
            .WithTrackingName(TrackingNames.Texts)
            .Select(static (input, cancellation) => Read(input, cancellation))
            .WithTrackingName(TrackingNames.Read);

        var models = read.Select(static (result, _) => result.File).WithTrackingName(TrackingNames.Models);

        // Each edit of C# asks anew: nothing is looked up where no spec adds members to a class. What an edit leaves as it is, leaves all
        // that follows as it is.
        var members = models
            .Collect()
            .Select(static (files, _) => files.Any(static file => file.Kind is SpecKind.VmcsFields or SpecKind.KvmIoctls))
            .Combine(context.CompilationProvider)
            .Select(static (pair, _) => pair.Left ? ClassMembers.Of(pair.Right) : ClassMembers.None);

        // What the project's C# says of the few types that specs name; nothing is looked up for specs that name none.
        var handles = models
            .Collect()
            .Combine(options)
            .Select(static (pair, _) => pair.Left.SelectMany(file => DescriptorTypes.NamedIn(file, pair.Right)).Distinct().ToEquatable())
            .Combine(context.CompilationProvider)
            .Select(static (pair, _) => HandleTypes.Find(pair.Left, pair.Right));

        var types = models
            .Collect()
            .Combine(options)
            .Select(static (pair, _) => pair.Left.SelectMany(file => Placement.NamespacesOf(file, pair.Right)).Distinct().ToEquatable())
            .Combine(context.CompilationProvider)
            .Select(static (pair, _) => ProjectTypes.Find(pair.Left, pair.Right));

        // Looked at once for each reference: what is read of one does not change while the project is edited.
        var assemblies = context
            .MetadataReferencesProvider.Select(static (reference, _) => ReferencedSpecs.Of(reference))
            .Where(static specs => specs is not null)
            .Select(static (specs, _) => specs!)
            .WithTrackingName(TrackingNames.References)
            .Collect()
            .Combine(context.CompilationProvider.Select(static (compilation, _) => compilation.AssemblyName))
            .Select(
                static (pair, _) =>
                    pair
                        .Left.Select(specs => specs.SeenBy(pair.Right))
                        .OrderBy(static specs => specs.Assembly, StringComparer.Ordinal)
                        .ToEquatable()
            );

        var surroundings = handles
            .Combine(assemblies)
            .Combine(members)
            .Combine(types)
            .Select(
                static (inputs, _) =>
                    new Surroundings(inputs.Left.Left.Left, inputs.Left.Left.Right) { Members = inputs.Left.Right, Types = inputs.Right }
            )
            .WithTrackingName(TrackingNames.Surroundings);

        var resolution = models
            .Collect()
            .Combine(options)
            .Combine(surroundings)
            .Select(static (pair, _) => Bundles.Of(Resolver.Resolve(pair.Left.Left, pair.Left.Right, pair.Right)))
            .WithTrackingName(TrackingNames.Resolution);

        // A branch for each file: what one file gains or loses does not move the outputs of the others.
        var files = read.Combine(resolution);

        var units = files.SelectMany(static (pair, _) => pair.Right.UnitsOf(pair.Left.Path)).WithTrackingName(TrackingNames.Units);

        var shared = resolution.SelectMany(static (resolved, _) => resolved.Shared).WithTrackingName(TrackingNames.Units);

        // The attribute with native names is internal to each assembly: a project with specs gets it too, unless it sees another's.
        var annotations = resolution
            .Combine(context.CompilationProvider.Select(static (compilation, _) => SeesNativeNames(compilation)))
            .SelectMany(static (pair, _) => pair.Right ? default : pair.Left.Annotations)
            .WithTrackingName(TrackingNames.Units);

        var diagnostics = files.SelectMany(static (pair, _) => Locate(pair.Left, pair.Right)).WithTrackingName(TrackingNames.Diagnostics);

        var mistakes = resolution.SelectMany(static (resolved, _) => resolved.Mistakes);

        context.RegisterSourceOutput(units, Emit);
        context.RegisterSourceOutput(shared, Emit);
        context.RegisterSourceOutput(annotations, Emit);
        context.RegisterSourceOutput(
            mistakes,
            static (output, mistake) => output.ReportDiagnostic(new SpecDiagnostic(mistake, "", default).ToDiagnostic())
        );
        context.RegisterSourceOutput(diagnostics, static (output, diagnostic) => output.ReportDiagnostic(diagnostic.ToDiagnostic()));
    }

    private static bool SeesNativeNames(Compilation compilation) =>
        compilation
            .GetTypesByMetadataName("VmcsGen.NativeNameAttribute")
            .Any(type => compilation.IsSymbolAccessibleWithin(type, compilation.Assembly));

    // Named by its number, for compilers that do not know the version yet.
    private static string? OldLanguage(ParseOptions options) =>
        options is CSharpParseOptions { LanguageVersion: var version and < (LanguageVersion)1400 } ? version.ToDisplayString() : null;

    private static EmitOptions ReadOptions(AnalyzerConfigOptions options)
    {
        var mode = options.TryGetValue("build_property.VmcsGenEmit", out var emit)
            ? emit switch
            {
                "runtime" => EmitMode.Runtime,
                "all" => EmitMode.All,
                "symbols" => EmitMode.Symbols,
                _ => EmitMode.Own,
            }
            : EmitMode.Own;
        var hasNamespace = options.TryGetValue("build_property.RootNamespace", out var root) && CSharpNames.IsNamespace(root!);
        options.TryGetValue("build_property.ProjectDir", out var directory);
        options.TryGetValue("build_property.VmcsGenArchitectures", out var architectures);
        return new(mode, hasNamespace ? root! : "VmcsGen.Own", directory ?? "")
        {
            // A semicolon would begin a comment on the way here.
            Architectures = (architectures ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).ToEquatable(),
        };
    }

    private static void Emit(SourceProductionContext output, EmitUnit unit)
    {
        var bundle = unit as BundleUnit;
        var emitted = new List<EmittedUnit>();
        foreach (var part in bundle is null ? [unit] : (IEnumerable<EmitUnit>)bundle.Units)
        {
            if (TryEmit(part, out var text) is { } failure)
                output.ReportDiagnostic(failure.ToDiagnostic());
            else
                emitted.Add(new(part.Target, text));
        }
        foreach (var file in bundle is null ? emitted : BundleEmitter.Join(bundle.Target, emitted))
            output.AddSource(file.Target.Hint, SourceText.From(file.Text, Encoding.UTF8));
    }

    // Without this net and the next, a failure of ours on one file would be the loss of all.
    private static SpecDiagnostic? TryEmit(EmitUnit unit, out string text)
    {
        text = "";
        try
        {
            text = Emitter.Emit(unit);
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(SpecError.Internal(e), unit.Target.Path, default);
        }
    }

    private static string? Origin(AnalyzerConfigOptions options) => options.TryGetValue(SpecMetadata, out var value) ? value : null;

    private static ReadResult Read(SpecInput input, CancellationToken cancellation)
    {
        var read = Read(input.Text, cancellation);
        return input.Origin == BuiltIn ? read with { File = read.File with { IsBuiltIn = true } } : read;
    }

    private static ReadResult Read(AdditionalText text, CancellationToken cancellation)
    {
        try
        {
            return text.GetText(cancellation) is { } content
                ? SpecReader.Read(text.Path, content.ToString())
                : Unreadable(text.Path, SpecError.Of(DiagnosticIds.MissingFile, 0));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Unreadable(text.Path, SpecError.Internal(e));
        }
    }

    private static ReadResult Unreadable(string path, SpecError why) =>
        new(path, SpecFile.Unreadable(path, []), new(new EquatableArray<TokenSpan>([default])), new([why]));

    private static IEnumerable<SpecDiagnostic> Locate(ReadResult file, Resolution resolution) =>
        file
            .Errors.Concat(resolution.ErrorsOf(file.Path))
            .Select(error => new SpecDiagnostic(error, file.Path, file.Positions[error.At].Of(error.Part)));

    /// <param name="Text">A file.</param>
    /// <param name="Origin">Whose spec it is; another text, or null, if it is none.</param>
    private sealed record SpecInput(AdditionalText Text, string? Origin);

    /// <summary>The first file of each path.</summary>
    private sealed class PathSet
    {
        private readonly Dictionary<string, AdditionalText> _first = [];

        public PathSet(ImmutableArray<SpecInput> inputs)
        {
            foreach (var (text, _) in inputs)
            {
                if (!_first.ContainsKey(text.Path))
                    _first.Add(text.Path, text);
            }
        }

        public bool IsFirst(SpecInput input) => _first[input.Text.Path] == input.Text;
    }
}
