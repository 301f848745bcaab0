using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.References;

/// <summary>Finds the C# types that specs name, in the project and in what it references.</summary>
internal static class HandleTypes
{
    private const string SafeHandle = "System.Runtime.InteropServices.SafeHandle";
    private const string DescriptorOwner = "VmcsGen.Kvm.Interop.IDescriptorOwner";

    // Where the handles of the framework lie: they need no namespace in front.
    private const string FrameworkHandles = "Microsoft.Win32.SafeHandles";

    public static EquatableArray<HandleType> Find(EquatableArray<HandleQuery> queries, Compilation compilation) =>
        queries.Select(query => Find(query, compilation)).ToEquatable();

    private static HandleType Find(HandleQuery query, Compilation compilation)
    {
        var type = Candidates(query)
            .SelectMany(name => compilation.GetTypesByMetadataName(name))
            .FirstOrDefault(type => type.Arity == 0 && compilation.IsSymbolAccessibleWithin(type, compilation.Assembly));
        if (type is null)
            return new(query, HandleForm.None);
        var form =
            MemberNames.Bases(type).Any(static at => at.ToDisplayString() == SafeHandle) ? HandleForm.Handle
            : !type.IsRefLikeType && type.AllInterfaces.Any(static at => at.ToDisplayString() == DescriptorOwner) ? HandleForm.Owner
            : HandleForm.Other;
        return new(
            query,
            form,
            type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
            Containers(type).All(static at => at.DeclaredAccessibility == Accessibility.Public),
            !type.IsAbstract
                && !HasRequiredMembers(type)
                && type.InstanceConstructors.Any(constructor =>
                    constructor.Parameters.Length == 0 && compilation.IsSymbolAccessibleWithin(constructor, compilation.Assembly)
                ),
            MemberNames.Of(type, compilation).Distinct().OrderBy(static name => name, StringComparer.Ordinal).ToEquatable()
        );
    }

    // As C# looks a name up in a namespace: in it, then in those around it.
    private static IEnumerable<string> Candidates(HandleQuery query)
    {
        for (var at = query.Namespace; at.Length > 0; at = at.Substring(0, Math.Max(at.LastIndexOf('.'), 0)))
            yield return $"{at}.{query.Name}";
        yield return query.Name;
        yield return $"{FrameworkHandles}.{query.Name}";
    }

    private static bool HasRequiredMembers(INamedTypeSymbol type) =>
        MemberNames
            .Bases(type)
            .SelectMany(static at => at.GetMembers())
            .Any(static member => member is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true });

    private static IEnumerable<INamedTypeSymbol> Containers(INamedTypeSymbol type)
    {
        for (var at = type; at is not null; at = at.ContainingType)
            yield return at;
    }
}
