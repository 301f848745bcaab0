using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Everything that a spec can refer to by name: the built-in items and those of all specs of this compilation.</summary>
internal sealed class SymbolTable
{
    // Names of one table are different; an item of another table may have the same.
    private readonly Dictionary<string, Symbol> _types = [];
    private readonly Dictionary<string, Symbol> _fields = [];
    private readonly Dictionary<string, Symbol> _msrs = [];
    private readonly Dictionary<string, Symbol> _ioctls = [];
    private readonly Dictionary<string, Symbol> _structs = [];
    private readonly Dictionary<string, Symbol> _features = [];
    private readonly Dictionary<string, Symbol> _constants = [];

    private readonly Dictionary<ulong, FieldSymbol> _encodings = [];
    private readonly Dictionary<string, FieldSymbol> _holders = [];
    private readonly Dictionary<string, Symbol> _csharpTypes = [];
    private readonly Dictionary<string, List<WordBit>> _bits = [];
    private readonly Dictionary<string, WordBit> _bitsOfWords = [];

    public SymbolTable(IEnumerable<Symbol> builtIn)
    {
        foreach (var symbol in builtIn)
            TryAdd(symbol);
    }

    public IEnumerable<Symbol> All =>
        _types
            .Values.Concat(_fields.Values)
            .Concat(_msrs.Values)
            .Concat(_ioctls.Values)
            .Concat(_structs.Values)
            .Concat(_features.Values)
            .Concat(_constants.Values);

    /// <summary>Adds a symbol unless its name, or that of a C# type made for it, is taken.</summary>
    public bool TryAdd(Symbol symbol)
    {
        if (Owner(symbol) is not null || symbol.CSharpTypes.Any(ReservedNames.IsType))
            return false;
        TableOf(symbol.GetType()).Add(symbol.Name, symbol);
        foreach (var name in symbol.CSharpTypes)
            _csharpTypes.Add(name, symbol);
        if (symbol is BitFieldSymbol bitField)
            AddBits(bitField.Name, bitField.Parts, bitField.Item);
        if (symbol is not FieldSymbol field)
            return true;
        if (!_encodings.ContainsKey(field.Encoding))
            _encodings.Add(field.Encoding, field);
        if (!_holders.ContainsKey(field.Type))
            _holders.Add(field.Type, field);
        return true;
    }

    /// <summary>
    /// What has the name that a symbol asks for. References have no namespace, and emitted files see all namespaces of the
    /// project: so the names of types are one set, whatever they are and wherever they lie.
    /// </summary>
    public Symbol? Owner(Symbol symbol) =>
        TableOf(symbol.GetType()).TryGetValue(symbol.Name, out var owner)
            ? owner
            : symbol.CSharpTypes.Select(FindCSharpType).FirstOrDefault(static s => s is not null);

    public Symbol? FindCSharpType(string name) => _csharpTypes.TryGetValue(name, out var symbol) ? symbol : null;

    /// <summary>Bits that a spec adds to a bit-field.</summary>
    public void AddBits(BitFieldSymbol bitField, EquatableArray<BitSymbol> bits, SpecItem? item)
    {
        _types[bitField.Name] = bitField with { Parts = bitField.Parts.Concat(bits).ToEquatable() };
        AddBits(bitField.Name, bits, item);
    }

    private void AddBits(string word, EquatableArray<BitSymbol> bits, SpecItem? item)
    {
        foreach (var bit in bits)
        {
            var known = new WordBit(word, bit, item);
            if (!_bits.TryGetValue(bit.Name, out var same))
                _bits.Add(bit.Name, same = []);
            same.Add(known);
            _bitsOfWords[$"{word}.{bit.Name}"] = known;
        }
    }

    /// <summary>The bits of a name, of all bit-fields; of one bit-field, if its name stands before it with a dot.</summary>
    public IReadOnlyList<WordBit> FindBits(string name) =>
        _bitsOfWords.TryGetValue(name, out var bit) ? [bit]
        : _bits.TryGetValue(name, out var bits) ? bits
        : [];

    public T? Find<T>(string name)
        where T : Symbol => TableOf(typeof(T)).TryGetValue(name, out var symbol) ? symbol as T : null;

    /// <summary>A bit-field or enum, as code names it; another type, such as an integer, is its own name.</summary>
    public string TypeReference(string name) => Find<ValueTypeSymbol>(name)?.Reference(name) ?? name;

    public FieldSymbol? FindEncoding(ulong encoding) => _encodings.TryGetValue(encoding, out var symbol) ? symbol : null;

    /// <summary>The first VMCS field of a type.</summary>
    public FieldSymbol? FindHolder(string type) => _holders.TryGetValue(type, out var symbol) ? symbol : null;

    public IEnumerable<T> Of<T>()
        where T : Symbol => TableOf(typeof(T)).Values.OfType<T>();

    public IEnumerable<string> Names<T>()
        where T : Symbol => Of<T>().Select(static symbol => symbol.Name);

    /// <summary>The names of the bit-fields and, behind them, of the enums.</summary>
    public IEnumerable<string> ValueTypeNames => Names<BitFieldSymbol>().Concat(Names<EnumSymbol>());

    private Dictionary<string, Symbol> TableOf(Type symbol) =>
        symbol == typeof(FieldSymbol) ? _fields
        : symbol == typeof(MsrSymbol) ? _msrs
        : symbol == typeof(StructSymbol) ? _structs
        : symbol == typeof(IoctlSymbol) ? _ioctls
        : symbol == typeof(CpuidFeatureSymbol) ? _features
        : symbol == typeof(ConstantSymbol) ? _constants
        : _types;
}

/// <summary>A bit of a bit-field, and the item that gave it to that; null for a built-in one.</summary>
internal sealed record WordBit(string Word, BitSymbol Bit, SpecItem? Item);
