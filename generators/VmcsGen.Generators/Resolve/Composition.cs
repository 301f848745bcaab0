using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.References;

namespace VmcsGen.Generators.Resolve;

/// <summary>
/// Brings what the specs of referenced assemblies declare into the table of symbols, as far as the project sees it, and finds where those
/// assemblies contradict each other.
/// </summary>
internal sealed class Composition
{
    private readonly SymbolTable _symbols;
    private readonly List<SpecError> _clashes = [];
    private readonly HashSet<string> _classes = [];
    private readonly HashSet<(string Name, string? Namespace, ulong Fingerprint)> _provided = [];
    private readonly Dictionary<uint, CpuidFeatureSymbol> _features = [];

    public Composition(SymbolTable symbols, Surroundings surroundings)
    {
        _symbols = symbols;
        foreach (var feature in symbols.Of<CpuidFeatureSymbol>())
            _features[feature.Place] = feature;
        var visible = surroundings
            .Assemblies.SelectMany(static assembly =>
                SymbolText
                    .Parse(assembly.Table)
                    .Where(symbol => !symbol.IsInternal || assembly.IsFriend)
                    .Select(symbol => symbol with { File = $"the assembly {assembly.Assembly}" })
            )
            .ToArray();
        // Bits are added to bit-fields of any of the assemblies.
        foreach (var symbol in visible.OrderBy(static symbol => symbol is AddedBitsSymbol))
            Add(symbol);
    }

    /// <summary>Where referenced assemblies contradict each other.</summary>
    public IReadOnlyList<SpecError> Clashes => _clashes;

    /// <summary>Whether the project sees a class of this name in another assembly.</summary>
    public bool HasClass(string fullName) => _classes.Contains(fullName);

    /// <summary>Whether the project sees what the same YAML gave in another assembly, so that it need not be emitted again.</summary>
    public bool IsProvided(string name, string @namespace, ulong fingerprint) => _provided.Contains((name, @namespace, fingerprint));

    private void Add(Symbol symbol)
    {
        if (symbol is ClassSymbol)
            _classes.Add($"{symbol.Namespace}.{symbol.Name}");
        else if (Contradiction(symbol) is { } what)
            _clashes.Add(SpecError.Of(DiagnosticIds.ContradictingReferences, 0, what));
        else if (symbol is not ConstantSymbol)
            _provided.Add((symbol.Name, symbol.Namespace, symbol.Fingerprint));
    }

    // Adds the symbol, or says what it contradicts.
    private string? Contradiction(Symbol symbol)
    {
        switch (symbol)
        {
            case AddedBitsSymbol added:
                return AddBits(added);
            case FieldSymbol field when _symbols.FindEncoding(field.Encoding) is { } other:
                return $"the encoding 0x{field.Encoding:X} belongs to {other.Describe()} and to {field.Describe()}";
            case CpuidFeatureSymbol feature when _features.TryGetValue(feature.Place, out var other):
                return $"{other.Describe()} and {feature.Describe()} are the same bit";
            case ConstantSymbol constant when _symbols.Find<ConstantSymbol>(constant.Name) is { } other:
                return other.Number == constant.Number ? null : $"{other.Describe()} and {constant.Describe()} have different values";
        }
        if (!_symbols.TryAdd(symbol))
            return $"{_symbols.Owner(symbol)?.Describe() ?? "a type that generated code uses"} and {symbol.Describe()} have one name";
        if (symbol is CpuidFeatureSymbol known)
            _features[known.Place] = known;
        return null;
    }

    private string? AddBits(AddedBitsSymbol added)
    {
        if (_symbols.Find<BitFieldSymbol>(added.Name) is not { } bitField)
            return null; // The bit-field's own assembly is not referenced, so nobody here can see the bits.
        foreach (var bit in added.Parts)
        {
            foreach (var other in bitField.Parts)
            {
                if (bit.Name == other.Name || (bit.Low <= other.High && other.Low <= bit.High))
                    return $"{added.Name}.{bit.Name} in {added.File} overlaps {added.Name}.{other.Name}";
            }
        }
        _symbols.AddBits(bitField, added.Parts, null);
        return null;
    }
}
