using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace VmcsGen.Testing;

/// <summary>A project that uses the generator, with the strictest settings that a consumer may have.</summary>
public sealed class ConsumerCompilation
{
    private static readonly Lazy<MetadataReference[]> Framework = new(static () =>
    {
        var directory = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var all = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        return
        [
            .. all.Split(Path.PathSeparator)
                .Where(path => Path.GetDirectoryName(path) == directory)
                .Select(static path => MetadataReference.CreateFromFile(path)),
        ];
    });

    private readonly CSharpCompilation _compilation;

    internal ConsumerCompilation(CSharpCompilation compilation) => _compilation = compilation;

    /// <summary>Errors and warnings, as the compiler prints them; missing documentation of public members is among them.</summary>
    public IReadOnlyList<string> Problems => Diagnostics(DiagnosticSeverity.Warning);

    /// <summary>Errors and warnings in some emitted files alone, which is faster.</summary>
    public IReadOnlyList<string> ProblemsIn(IEnumerable<GeneratedSource> sources)
    {
        var hints = sources.Select(static s => s.Hint).ToHashSet();
        return
        [
            .. _compilation
                .SyntaxTrees.Where(tree => hints.Contains(Path.GetFileName(tree.FilePath)))
                .SelectMany(tree => _compilation.GetSemanticModel(tree).GetDiagnostics())
                .Where(static d => d.Severity >= DiagnosticSeverity.Warning)
                .Select(static d => d.ToString()),
        ];
    }

    /// <summary>Errors alone.</summary>
    public IReadOnlyList<string> Errors => Diagnostics(DiagnosticSeverity.Error);

    /// <summary>The project as another one references it: compiled, or as an editor has it.</summary>
    public MetadataReference Reference(bool isCompiled) =>
        isCompiled ? MetadataReference.CreateFromImage(Image().ToArray()) : _compilation.ToMetadataReference();

    /// <summary>Compiles the project and loads it.</summary>
    public Assembly Load()
    {
        using var image = Image();
        return AssemblyLoadContext.Default.LoadFromStream(image);
    }

    private MemoryStream Image()
    {
        var image = new MemoryStream();
        var result = _compilation.Emit(image);
        if (!result.Success)
            throw new InvalidOperationException(
                string.Join(Environment.NewLine, result.Diagnostics.Where(static d => d.Severity == DiagnosticSeverity.Error))
            );
        image.Position = 0;
        return image;
    }

    private string[] Diagnostics(DiagnosticSeverity least) =>
        [.. _compilation.GetDiagnostics().Where(d => d.Severity >= least).Select(static d => d.ToString())];

    internal static CSharpCompilation Create(CSharpParseOptions options) =>
        CSharpCompilation.Create(
            "Consumer" + Guid.NewGuid().ToString("N"),
            [CSharpSyntaxTree.ParseText("// A project needs a file.", options)],
            Framework.Value,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                checkOverflow: true,
                warningLevel: 9999,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
}
