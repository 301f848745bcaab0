using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;

namespace VmcsGen.Generators.Abi;

/// <summary>The part that knows what people write instead.</summary>
internal sealed partial record CScalar
{
    // What other languages call these types.
    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["byte"] = "__u8",
        ["sbyte"] = "__s8",
        ["ushort"] = "__u16",
        ["ulong"] = "__u64",
        ["nuint"] = "unsigned long",
        ["nint"] = "long",
        ["i8"] = "__s8",
        ["i16"] = "__s16",
        ["i32"] = "__s32",
        ["i64"] = "__s64",
    };

    /// <summary>Says in a sentence what the author probably meant by an unknown type.</summary>
    public static string Suggest(string name, Func<string, bool> isStruct, ErrorList errors) =>
        Aliases.TryGetValue(name, out var alias) ? $" Did you mean '{alias}'?"
        : isStruct(name) ? $" Did you mean 'struct {name}'?"
        : errors.Suggest(name, Typedefs.Keys.Where(static known => known.StartsWith("__", StringComparison.Ordinal)));
}
