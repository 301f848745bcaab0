using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Generators.Resolve;

/// <summary>Everything that a spec can refer to by name: the built-in items and those of all specs of this compilation.</summary>
internal sealed class SymbolTable
{
    private readonly Dictionary<string, Symbol> _types = [];
    private readonly Dictionary<string, Symbol> _fields = [];
    private readonly Dictionary<ulong, Symbol> _encodings = [];
    private readonly Dictionary<string, Symbol> _structs = [];
    private readonly Dictionary<string, Symbol> _msrs = [];
    private readonly Dictionary<string, Symbol> _ioctls = [];

    public SymbolTable(IEnumerable<Symbol> builtIn)
    {
        foreach (var symbol in builtIn)
            TryAdd(symbol);
    }

    public IEnumerable<Symbol> All =>
        _types.Values.Concat(_fields.Values).Concat(_msrs.Values).Concat(_ioctls.Values).Concat(_structs.Values);

    /// <summary>Adds a symbol unless one of its name is there; the names of types are one set, whatever they are.</summary>
    public bool TryAdd(Symbol symbol)
    {
        var table = TableOf(symbol.Kind);
        if (table.ContainsKey(symbol.Name) || (symbol.Kind == SymbolKind.Struct && _types.ContainsKey(symbol.CSharp)))
            return false;
        table.Add(symbol.Name, symbol);
        if (symbol.Kind == SymbolKind.Field && !_encodings.ContainsKey(symbol.Value))
            _encodings.Add(symbol.Value, symbol);
        return true;
    }

    public Symbol? Find(SymbolKind kind, string name) =>
        TableOf(kind).TryGetValue(name, out var symbol) && symbol.Kind == kind ? symbol : null;

    /// <summary>A bit-field or an enum: what a field, a part or a member may have as its type.</summary>
    public Symbol? FindValueType(string name) => Find(SymbolKind.BitField, name) ?? Find(SymbolKind.Enum, name);

    public Symbol? FindEncoding(ulong encoding) => _encodings.TryGetValue(encoding, out var symbol) ? symbol : null;

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
