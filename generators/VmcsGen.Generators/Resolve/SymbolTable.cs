using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Everything that a spec can refer to by name: the built-in items and those of all specs of this compilation.</summary>
internal sealed class SymbolTable
{
    private readonly Dictionary<string, Symbol> _types = [];
    private readonly Dictionary<string, Symbol> _fields = [];
    private readonly Dictionary<ulong, Symbol> _encodings = [];
    private readonly Dictionary<string, Symbol> _holders = [];
    private readonly Dictionary<string, Symbol> _structs = [];
    private readonly Dictionary<string, Symbol> _msrs = [];
    private readonly Dictionary<string, Symbol> _ioctls = [];
    private readonly Dictionary<string, Symbol> _csharpTypes = [];

    public SymbolTable(IEnumerable<Symbol> builtIn)
    {
        foreach (var symbol in builtIn)
            TryAdd(symbol);
    }

    public IEnumerable<Symbol> All =>
        _types.Values.Concat(_fields.Values).Concat(_msrs.Values).Concat(_ioctls.Values).Concat(_structs.Values);

    /// <summary>Adds a symbol unless its name, or that of a C# type made for it, is taken.</summary>
    public bool TryAdd(Symbol symbol)
    {
        if (Owner(symbol) is not null || symbol.CSharpTypes.Any(ReservedNames.IsType))
            return false;
        TableOf(symbol.Kind).Add(symbol.Name, symbol);
        foreach (var name in symbol.CSharpTypes)
            _csharpTypes.Add(name, symbol);
        if (symbol.Kind == SymbolKind.Field && !_encodings.ContainsKey(symbol.Value))
            _encodings.Add(symbol.Value, symbol);
        if (symbol is { Kind: SymbolKind.Field, Type: { } type } && !_holders.ContainsKey(type))
            _holders.Add(type, symbol);
        return true;
    }

    /// <summary>
    /// What has the name that a symbol asks for. References have no namespace, and emitted files see all namespaces of the
    /// project: so the names of types are one set, whatever they are and wherever they lie.
    /// </summary>
    public Symbol? Owner(Symbol symbol) =>
        TableOf(symbol.Kind).TryGetValue(symbol.Name, out var owner) ? owner : symbol.CSharpTypes.Select(FindCSharpType).FirstOrDefault(static s => s is not null);

    public Symbol? FindCSharpType(string name) => _csharpTypes.TryGetValue(name, out var symbol) ? symbol : null;

    /// <summary>Bits that a spec adds to a bit-field.</summary>
    public void AddBits(string bitField, IEnumerable<BitSymbol> bits)
    {
        var symbol = _types[bitField];
        _types[bitField] = symbol with { Bits = symbol.Bits.Concat(bits).ToEquatable() };
    }

    public Symbol? Find(SymbolKind kind, string name) =>
        TableOf(kind).TryGetValue(name, out var symbol) && symbol.Kind == kind ? symbol : null;

    /// <summary>A bit-field or an enum: what a field, a part or a member may have as its type.</summary>
    public Symbol? FindValueType(string name) => Find(SymbolKind.BitField, name) ?? Find(SymbolKind.Enum, name);

    public Symbol? FindEncoding(ulong encoding) => _encodings.TryGetValue(encoding, out var symbol) ? symbol : null;

    /// <summary>The first VMCS field of a type.</summary>
    public Symbol? FindHolder(string type) => _holders.TryGetValue(type, out var symbol) ? symbol : null;

    public IEnumerable<string> Names(params SymbolKind[] kinds) =>
        kinds.SelectMany(kind => TableOf(kind).Values.Where(symbol => symbol.Kind == kind).Select(static symbol => symbol.Name));

    /// <summary>The bit-fields that have a bit of this name.</summary>
    public IEnumerable<Symbol> BitFieldsWith(string bit) =>
        _types.Values.Where(symbol => symbol.Kind == SymbolKind.BitField && symbol.Bits.Any(b => b.Name == bit));

    private Dictionary<string, Symbol> TableOf(SymbolKind kind) => kind switch
    {
        SymbolKind.Field => _fields,
        SymbolKind.Msr => _msrs,
        SymbolKind.Struct => _structs,
        SymbolKind.Ioctl => _ioctls,
        _ => _types,
    };
}
