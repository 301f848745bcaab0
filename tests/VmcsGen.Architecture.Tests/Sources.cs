using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using VmcsGen.Testing;

namespace VmcsGen.Architecture.Tests;

/// <summary>
/// The sources of a building, compiled: what a name means is the compiler's answer. Text alone does not tell, since code sees
/// the rooms beside its own without a using.
/// </summary>
internal sealed class Sources
{
    private readonly Building _building;
    private readonly CSharpCompilation _compilation;
    private readonly Lazy<IReadOnlyList<RoomUse>> _uses;

    private Sources(Building building, CSharpCompilation compilation)
    {
        _building = building;
        _compilation = compilation;
        _uses = new(() => [.. _compilation.SyntaxTrees.SelectMany(UsesIn)]);
    }

    /// <summary>The sources on disk.</summary>
    /// <param name="building">The building.</param>
    /// <param name="generated">What is generated into the project; it lies in no room.</param>
    public static Sources Of(Building building, params IEnumerable<GeneratedSource> generated)
    {
        var folder = Path.Combine(RuntimeSources.Root, building.Folder);
        var files = Directory
            .EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Where(static path => path.Split('/')[0] is not ("bin" or "obj"))
            .Order(StringComparer.Ordinal);
        var trees = files
            .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(folder, path)), ErrorsOnly.ParseOptions, path))
            .Concat(
                building.Linked.Select(static path =>
                    CSharpSyntaxTree.ParseText(
                        File.ReadAllText(Path.Combine(RuntimeSources.Root, path)),
                        ErrorsOnly.ParseOptions,
                        Path.GetFileName(path)
                    )
                )
            )
            .Concat(generated.Select(static source => CSharpSyntaxTree.ParseText(source.Text, ErrorsOnly.ParseOptions, source.Hint)));
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(static path => (Path: path, Name: Path.GetFileNameWithoutExtension(path)))
            .Where(file =>
                building.References.ContainsKey(file.Name) || !file.Name.StartsWith("VmcsGen", StringComparison.OrdinalIgnoreCase)
            )
            .Select(file =>
                MetadataReference.CreateFromFile(
                    file.Path,
                    new MetadataReferenceProperties(aliases: [.. building.References.GetValueOrDefault(file.Name) ?? []])
                )
            );
        var options = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            allowUnsafe: true,
            // Internals that other assemblies show to this one.
            metadataImportOptions: MetadataImportOptions.Internal,
            nullableContextOptions: NullableContextOptions.Enable
        );
        return new(building, CSharpCompilation.Create(building.AssemblyName, trees, references, options));
    }

    /// <summary>The same with one more file.</summary>
    public Sources With(string path, string text) =>
        new(_building, _compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(text, ErrorsOnly.ParseOptions, path)));

    /// <summary>What the compiler cannot understand; a use that stands there may be missed.</summary>
    public IReadOnlyList<string> Errors =>
        [
            .. _compilation
                .GetDiagnostics()
                .Where(static d => d.Severity == DiagnosticSeverity.Error && !IsOfMissingBody(d))
                .Select(static d => d.ToString()),
        ];

    /// <summary>The folders that hold sources.</summary>
    public IReadOnlySet<string> Rooms => _compilation.SyntaxTrees.Select(RoomOf).OfType<string>().ToHashSet();

    /// <summary>Files whose namespace is not that of their folder.</summary>
    public IReadOnlyList<string> Strays =>
        [
            .. _compilation
                .SyntaxTrees.Where(tree =>
                    tree.FilePath.Contains('/', StringComparison.Ordinal)
                    || File.Exists(Path.Combine(RuntimeSources.Root, _building.Folder, tree.FilePath))
                )
                .SelectMany(static tree => tree.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>())
                .Where(node =>
                    node.Name.ToString() != (RoomOf(node.SyntaxTree) is { } room ? _building.NamespaceOf(room) : _building.Namespace)
                )
                .Select(static node => $"{node.SyntaxTree.FilePath}: {node.Name}"),
        ];

    /// <summary>Every use of one room by another.</summary>
    public IReadOnlyList<RoomUse> Uses => _uses.Value;

    /// <summary>Every use of another room in one file.</summary>
    public IEnumerable<RoomUse> UsesIn(string path) => UsesIn(_compilation.SyntaxTrees.Single(tree => tree.FilePath == path));

    private IEnumerable<RoomUse> UsesIn(SyntaxTree tree)
    {
        if (RoomOf(tree) is not { } from)
            yield break;
        var model = _compilation.GetSemanticModel(tree);
        foreach (
            var node in tree.GetRoot()
                .DescendantNodes()
                .Where(static n => n is SimpleNameSyntax or ImplicitObjectCreationExpressionSyntax or ConstructorInitializerSyntax)
                .Where(node => !IsInFacade(node))
        )
        {
            foreach (var symbol in Symbols(model, node))
            {
                if (LayerOf(symbol, from) is { } to && to != from)
                    yield return new(
                        from,
                        to,
                        symbol.Name,
                        $"{tree.FilePath}({node.GetLocation().GetLineSpan().StartLinePosition.Line + 1})"
                    );
            }
        }
    }

    private bool IsInFacade(SyntaxNode node) =>
        node.Ancestors().OfType<TypeDeclarationSyntax>().Any(type => _building.Facades.Contains(type.Identifier.Text));

    private bool IsFacade(ISymbol? symbol) =>
        symbol switch
        {
            null => false,
            INamedTypeSymbol type when _building.Facades.Contains(type.Name) => true,
            _ => IsFacade(symbol.ContainingType),
        };

    private string? LayerOf(ISymbol symbol, string asking) => IsFacade(symbol) ? Building.FacadeLayer : RoomOf(symbol, asking);

    // The compiler's own generator writes the bodies of library imports: a partial method without one (CS8795), calls of which count as
    // not there, so that they assign nothing (CS0170).
    private static bool IsOfMissingBody(Diagnostic diagnostic) => diagnostic.Id is "CS8795" or "CS0170";

    // What a name stands for, and the type of what it gives: a value may be passed on without its type being named.
    private static IEnumerable<ISymbol> Symbols(SemanticModel model, SyntaxNode node)
    {
        var info = model.GetSymbolInfo(node);
        var symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
        if (symbol is not null and not INamespaceSymbol)
            yield return symbol.OriginalDefinition;
        if (symbol is INamespaceSymbol && node.Ancestors().OfType<UsingDirectiveSyntax>().Any())
            yield return symbol;
        if (model.GetTypeInfo(node).Type is INamedTypeSymbol type)
            yield return type.OriginalDefinition;
    }

    // A using of what rooms share says nothing.
    private string? RoomOfNamespace(string name)
    {
        var rooms = _building.MayUse.Keys.Where(room => _building.NamespaceOf(room) == name).ToArray();
        return rooms.Length == 1 && name != _building.Namespace ? rooms[0] : null;
    }

    // A partial type lies where its parts lie: in the asking room if one does.
    private string? RoomOf(ISymbol symbol, string asking)
    {
        if (symbol is INamespaceSymbol)
            return RoomOfNamespace(symbol.ToDisplayString());
        var rooms = symbol.DeclaringSyntaxReferences.Select(reference => RoomOf(reference.SyntaxTree)).OfType<string>().ToArray();
        return rooms.Contains(asking) ? asking : rooms.FirstOrDefault();
    }

    private static string? RoomOf(SyntaxTree tree) => tree.FilePath.LastIndexOf('/') is > 0 and var slash ? tree.FilePath[..slash] : null;
}
