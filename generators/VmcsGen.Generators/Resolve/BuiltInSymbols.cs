using System;
using System.Collections.Generic;

namespace VmcsGen.Generators.Resolve;

/// <summary>
/// The items of the built-in specs that a user's spec may refer to. The table itself is emitted into this assembly by
/// the generator's own first build (see VmcsGen.Bootstrap), so that a consumer's build reads no built-in YAML.
/// </summary>
internal static partial class BuiltInSymbols
{
    private static readonly Lazy<Symbol[]> Table = new(static () =>
    {
        var text = "";
        GetTable(ref text);
        return SymbolText.Parse(text);
    });

    public static IReadOnlyList<Symbol> All => Table.Value;

    // Implemented by emitted code; the first build has none and knows no built-in symbols.
    static partial void GetTable(ref string text);
}
