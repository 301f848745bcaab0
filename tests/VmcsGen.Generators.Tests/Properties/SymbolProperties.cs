using System;
using CsCheck;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Values;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

public class SymbolProperties
{
    private static readonly Gen<string> Name = Gen.String[Gen.Char["ABCabc019_"], 1, 8];

    private static readonly Gen<Symbol> Symbols =
        Gen.Select(Gen.Enum<SymbolKind>(), Name, Name, Gen.Int[0, 4096], Gen.Int[0, 8], Gen.ULong, Name.Null(), Gen.Select(Name, Gen.Int[0, 63], Gen.Int[0, 63]).Array[0, 4])
            .Select(static (kind, name, csharp, size, align, value, type, bits) => new Symbol(
                kind, name, csharp, size, align, value, type, Array.ConvertAll(bits, static b => new BitSymbol(b.Item1, b.Item2, b.Item3)).ToEquatable()));

    [Fact]
    public void Line_of_the_table_is_read_as_it_was_written() => Symbols.Sample(static symbol =>
        Assert.Equal(symbol, Assert.Single(BuiltInSymbols.Parse(BuiltInSymbols.Format([symbol])))));

    [Fact]
    public void Order_of_the_table_does_not_depend_on_the_order_of_the_specs() => Symbols.ArrayUnique.Sample(static symbols =>
    {
        var table = BuiltInSymbols.Format(symbols);
        Array.Reverse(symbols);
        var names = BuiltInSymbols.Parse(BuiltInSymbols.Format(symbols));
        Assert.Equal(table.Split('\n').Length, names.Length + 1);
    });
}
