using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Generators.References;

/// <summary>The names of a type's members that the project's code sees. C# prefers each to an extension of its name.</summary>
internal static class MemberNames
{
    public static IEnumerable<string> Of(INamedTypeSymbol type, Compilation compilation) =>
        Parts(type)
            .SelectMany(static part => part.GetMembers())
            .Where(member =>
                member is { CanBeReferencedByName: true } and not INamedTypeSymbol
                && compilation.IsSymbolAccessibleWithin(member, compilation.Assembly)
            )
            .Select(static member => member.Name);

    // An interface has the members of those that it extends, and of System.Object.
    private static IEnumerable<INamedTypeSymbol> Parts(INamedTypeSymbol type) =>
        type.TypeKind == TypeKind.Interface ? type.AllInterfaces.Prepend(type) : Bases(type);

    public static IEnumerable<INamedTypeSymbol> Bases(INamedTypeSymbol type)
    {
        for (var part = type; part is not null; part = part.BaseType)
            yield return part;
    }
}
