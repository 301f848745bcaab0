using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators;

/// <summary>
/// Turns YAML specs into C#. Each file is read by itself; models of all files are resolved together; every resolved unit
/// is one output. Positions travel apart from the models and meet them again only in the diagnostics.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class VmcsGenerator : IIncrementalGenerator
{
    private const string SpecMetadata = "build_metadata.AdditionalFiles.VmcsSpec";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var options = context.AnalyzerConfigOptionsProvider
            .Select(static (provider, _) => ReadOptions(provider.GlobalOptions))
            .WithTrackingName(TrackingNames.Options);

        var read = context.AdditionalTextsProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Where(static pair => pair.Right.GetOptions(pair.Left).TryGetValue(SpecMetadata, out var value) && value == "true")
            .Select(static (pair, _) => pair.Left)
            .WithTrackingName(TrackingNames.Texts)
            .Select(static (text, cancellation) => Read(text.Path, text.GetText(cancellation)?.ToString() ?? ""))
            .WithTrackingName(TrackingNames.Read);

        var models = read
            .Where(static result => result.File is not null)
            .Select(static (result, _) => result.File!)
            .WithTrackingName(TrackingNames.Models);

        var resolution = models.Collect()
            .Combine(options)
            .Select(static (pair, _) => Resolve(pair.Left, pair.Right))
            .WithTrackingName(TrackingNames.Resolution);

        var units = resolution
            .SelectMany(static (resolved, _) => resolved.Units)
            .WithTrackingName(TrackingNames.Units);

        var diagnostics = read.Collect()
            .Combine(resolution)
            .SelectMany(static (pair, _) => Locate(pair.Left, pair.Right))
            .WithTrackingName(TrackingNames.Diagnostics);

        context.RegisterSourceOutput(units, Emit);
        context.RegisterSourceOutput(diagnostics, static (output, diagnostic) => output.ReportDiagnostic(diagnostic.ToDiagnostic()));
    }

    private static EmitOptions ReadOptions(AnalyzerConfigOptions options)
    {
        var mode = options.TryGetValue("build_property.VmcsGenEmit", out var emit) ? emit switch
        {
            "runtime" => EmitMode.Runtime,
            "all" => EmitMode.All,
            "symbols" => EmitMode.Symbols,
            _ => EmitMode.Own,
        } : EmitMode.Own;
        var hasNamespace = options.TryGetValue("build_property.RootNamespace", out var root) && CSharpNames.IsNamespace(root!);
        return new(mode, hasNamespace ? root! : "VmcsGen.Own");
    }

    private static void Emit(SourceProductionContext output, EmitUnit unit)
    {
        string text;
        try
        {
            text = Emitter.Emit(unit);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Without this, one unit's failure would be the loss of all.
            output.ReportDiagnostic(Diagnostic.Create(Descriptors.InternalError, Location.None, $"{unit.Target.Hint}: {Summary(e)}"));
            return;
        }
        output.AddSource(unit.Target.Hint, SourceText.From(text, Encoding.UTF8));
    }

    // A failure here would be a mistake of ours; it must not take the other files down.
    private static ReadResult Read(string path, string text)
    {
        try
        {
            return SpecReader.Read(path, text);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(path, null, new(new EquatableArray<TokenSpan>([default])), new([SpecError.Of(DiagnosticIds.InternalError, 0, Summary(e))]));
        }
    }

    private static Resolution Resolve(ImmutableArray<SpecFile> files, EmitOptions options)
    {
        try
        {
            return Resolver.Resolve(files, options);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(default, files.Take(1).Select(f => new FileErrors(f.Path, new([SpecError.Of(DiagnosticIds.InternalError, 0, Summary(e))]))).ToEquatable());
        }
    }

    private static IEnumerable<SpecDiagnostic> Locate(ImmutableArray<ReadResult> files, Resolution resolution)
    {
        var resolved = resolution.Errors.ToDictionary(static e => e.Path, static e => e.Errors);
        foreach (var (path, file, positions, errors) in files.GroupBy(static f => f.Path).Select(static same => same.First()))
        {
            foreach (var error in errors.Concat(file is not null && resolved.TryGetValue(path, out var more) ? more : default))
                yield return new(error, path, positions[error.At]);
        }
    }

    private static string Summary(Exception e) => $"{e.GetType().Name}: {e.Message}";
}
