using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Resolve;

/// <summary>What the specs of projects that reference this one know of its specs.</summary>
/// <param name="place">Where code goes.</param>
internal sealed class ExportedSymbols(Placement place)
{
    private readonly List<(FileScope Scope, SpecItem? Item, Symbol Symbol)> _exports = [];

    /// <summary>Adds a symbol.</summary>
    public void Add(FileScope scope, SpecItem? item, Symbol symbol)
    {
        if (place.IsOwn)
            _exports.Add(
                (
                    scope,
                    item,
                    symbol with
                    {
                        Namespace = place.Namespace(scope),
                        IsInternal = place.Access(scope) == "internal",
                        Fingerprint = item?.Fingerprint ?? 0,
                    }
                )
            );
    }

    /// <summary>What was added and not left out later, with types as code of another assembly names them; empty if it is nothing.</summary>
    /// <param name="constants">Constants, which nobody leaves out.</param>
    public string Format(IEnumerable<Symbol> constants)
    {
        var namespaces = new Dictionary<string, string?>();
        foreach (var (_, _, symbol) in _exports)
        {
            foreach (var type in symbol.CSharpTypes)
                namespaces[type] = symbol.Namespace;
        }
        var symbols = _exports
            .Where(static export => export.Item is null || !export.Scope.IsDropped(export.Item))
            .Select(export =>
                export.Symbol is StructSymbol { FlexibleElement: { } element } symbol && namespaces.TryGetValue(element, out var at)
                    ? symbol with
                    {
                        FlexibleElement = $"global::{at}.{element}",
                    }
                    : export.Symbol
            );
        return SymbolText.Format(symbols.Concat(constants));
    }
}
