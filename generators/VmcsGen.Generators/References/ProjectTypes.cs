using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.References;

/// <summary>
/// The types that the project's own C# declares where the code of specs goes: no other may have their names, and no namespace may. A
/// partial type is the project's part of an emitted one.
/// </summary>
internal static class ProjectTypes
{
    /// <summary>Finds, by their full names, those in namespaces, and those that have the name of a namespace.</summary>
    public static EquatableArray<string> Find(EquatableArray<string> namespaces, Compilation compilation) =>
        namespaces.SelectMany(name => Find(name, compilation)).Distinct().ToEquatable();

    private static IEnumerable<string> Find(string name, Compilation compilation)
    {
        var at = compilation.Assembly.GlobalNamespace;
        foreach (var inner in CSharpNames.Namespaces(name))
        {
            var part = inner.Substring(inner.LastIndexOf('.') + 1);
            if (at.GetTypeMembers(part).Any(IsTaken))
                yield return inner;
            if (at.GetNamespaceMembers().FirstOrDefault(member => member.Name == part) is not { } next)
                yield break;
            at = next;
        }
        foreach (var type in at.GetTypeMembers().Where(IsTaken))
            yield return $"{name}.{type.Name}";
    }

    private static bool IsTaken(INamedTypeSymbol type) => type.Arity == 0 && !IsPartial(type);

    private static bool IsPartial(INamedTypeSymbol type) =>
        type.DeclaringSyntaxReferences.Any(static reference =>
            reference.GetSyntax() is TypeDeclarationSyntax declared && declared.Modifiers.Any(SyntaxKind.PartialKeyword)
        );
}
