using System.Linq;
using CsCheck;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Values;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

public class SymbolPropertyTests
{
    private static readonly Gen<string> Name = Gen.String[Gen.Char["ABCabc019_"], 1, 8];

    private static readonly Gen<EquatableArray<BitSymbol>> Bits = Gen.Select(Name, Gen.Int[0, 63], Gen.Int[0, 63])
        .Array[0, 4]
        .Select(static bits => bits.Select(static b => new BitSymbol(b.Item1, b.Item2, b.Item3)).ToEquatable());

    private static readonly Gen<Symbol> Symbols = Gen.OneOf<Symbol>(
        Gen.Select(Name, Gen.ULong, Name).Select(static (name, encoding, type) => (Symbol)new FieldSymbol(name, encoding, type)),
        Gen.Select(Name, Gen.Int[1, 64], Bits).Select(static (name, size, bits) => (Symbol)new BitFieldSymbol(name, size, bits)),
        Gen.Select(Name, Gen.Int[1, 64], Name.Null()).Select(static (name, size, texts) => (Symbol)new EnumSymbol(name, size, texts)),
        Gen.Select(Name, Gen.Int[1, 64]).Select(static (name, size) => (Symbol)new ConstantsSymbol(name, size)),
        Gen.Select(Name, Gen.Int[0, 4096]).Select(static (name, size) => (Symbol)new LayoutSymbol(name, size)),
        Gen.Select(Name, Gen.ULong).Select(static (name, index) => (Symbol)new MsrSymbol(name, index)),
        Gen.Select(Name, Gen.ULong, Gen.Bool)
            .Select(static (name, value, isNegative) => (Symbol)new ConstantSymbol(name, value, isNegative)),
        Gen.Select(Name, Name, Gen.Int[0, 4096], Gen.Int[1, 8], Gen.Bool, Name.Null())
            .Select(
                static (name, csharp, size, align, isUnion, element) =>
                    (Symbol)new StructSymbol(name, csharp, size, align, isUnion, element)
            ),
        Gen.Select(Name, Name, Gen.UInt, Name.Array[0, 3])
            .Select(static (name, method, request, owners) => (Symbol)new IoctlSymbol(name, method, request, owners.ToEquatable())),
        Gen.Select(Name, Gen.UInt).Select(static (name, place) => (Symbol)new CpuidFeatureSymbol(name, place)),
        Gen.Select(Name, Bits).Select(static (name, bits) => (Symbol)new AddedBitsSymbol(name, bits)),
        Name.Select(static name => (Symbol)new ClassSymbol(name))
    );

    [Fact]
    public void Every_sort_of_symbol_has_lines_in_the_table() =>
        Assert.Equal(
            typeof(Symbol)
                .Assembly.GetTypes()
                .Where(static type => type.IsSubclassOf(typeof(Symbol)) && !type.IsAbstract)
                .Select(static type => type.Name)
                .Order(),
            Symbols.Array[400].Single().Select(static symbol => symbol.GetType().Name).Distinct().Order()
        );

    [Fact]
    public void Line_of_the_table_is_read_as_it_was_written() =>
        Gen.Select(Symbols, Name.Null(), Gen.Bool, Gen.ULong)
            .Sample(
                static (symbol, place, isInternal, fingerprint) =>
                {
                    var placed = symbol with { Namespace = place, IsInternal = isInternal, Fingerprint = fingerprint };
                    Assert.Equal(placed, Assert.Single(SymbolText.Parse(SymbolText.Format([placed]))));
                }
            );

    [Fact]
    public void Order_of_the_table_does_not_depend_on_the_order_of_the_specs() =>
        Gen.Select(Symbols.Array[0, 30], Gen.Int)
            .Sample(
                static (symbols, seed) =>
                {
                    // A table has each name of a sort once.
                    var unique = symbols.DistinctBy(static symbol => (symbol.GetType(), symbol.Name)).ToArray();
                    var shuffled = unique.ToArray();
                    new System.Random(seed).Shuffle(shuffled);
                    var table = SymbolText.Format(unique);
                    Assert.Equal(table, SymbolText.Format(shuffled));
                    Assert.Equal(unique.ToHashSet(), SymbolText.Parse(table).ToHashSet());
                    Assert.Equal(unique.Length, table.Count(static c => c == '\n'));
                }
            );
}
