using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Names;

namespace VmcsGen.Generators.Resolve;

/// <summary>What the project's C# has already, and the namespaces of its specs.</summary>
internal sealed class TakenNames
{
    /// <summary>What a message calls a type that no spec declares.</summary>
    public const string ProjectType = "a type of the project's C#";

    private readonly IReadOnlyList<FileScope> _files;
    private readonly Placement _place;
    private readonly HashSet<string> _types;
    private readonly HashSet<string> _namespaces;

    public TakenNames(IReadOnlyList<FileScope> files, Placement place, IEnumerable<string> types)
    {
        (_files, _place) = (files, place);
        _types = [.. types];
        var namespaces = files
            .Where(scope => place.IsOfProject(scope) && scope.File.Items.Count > 0)
            .Select(place.Namespace)
            .Distinct()
            .ToArray();
        HasSeveralNamespaces = namespaces.Length > 1;
        _namespaces = [.. namespaces.SelectMany(CSharpNames.Namespaces)];
    }

    /// <summary>Whether the project's specs go to several namespaces.</summary>
    public bool HasSeveralNamespaces { get; }

    /// <summary>Whether beside a file's types there is a namespace of this name.</summary>
    public bool HasNamespace(FileScope scope, string name) => _namespaces.Contains($"{_place.Namespace(scope)}.{name}");

    /// <summary>Whether the project's C# has a type of this name beside a file's types.</summary>
    public bool HasType(FileScope scope, string name) => _types.Contains($"{_place.Namespace(scope)}.{name}");

    /// <summary>Refuses namespaces with a part that code would take for the type of that name.</summary>
    public void CheckNamespaces(SymbolTable symbols)
    {
        foreach (var scope in _files.Where(scope => _place.IsOfProject(scope) && scope.File.Items.Count > 0))
        {
            var type = CSharpNames.Namespaces(_place.Namespace(scope)).FirstOrDefault(_types.Contains);
            var part =
                type
                ?? Array.Find(
                    _place.Namespace(scope).Split('.'),
                    part => ReservedNames.IsNamespace(part) || symbols.FindCSharpType(part) is not null
                );
            if (part is null)
                continue;
            var by = type is not null ? ProjectType : symbols.FindCSharpType(part)?.Describe() ?? "a type that generated code uses";
            scope.FailTaken(
                scope.File.Items[0],
                scope.File.NamespaceAt,
                part,
                by,
                scope.File.Namespace is null ? " than the project's root namespace with 'namespace'" : ""
            );
            foreach (var item in scope.File.Items)
                scope.Drop(item);
        }
    }
}
