using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Tables of symbols as text: a line for each, from which the generator of another build reads them again.</summary>
internal static class SymbolText
{
    private const string Internal = "internal";

    // One for each sort of symbol, in the order of the table: the word that begins its lines, and both ways between symbol and columns.
    private static readonly Sort[] Sorts =
    [
        Sort.Of<FieldSymbol>(
            "Field",
            static s => new(s.Name, Size: new VmcsEncoding(s.Encoding).Size, Value: s.Encoding, Text: s.Type),
            static c => new(c.Name, c.Value, c.Text)
        ),
        Sort.Of<BitFieldSymbol>("BitField", static s => new(s.Name, Size: s.Bits, Bits: s.Parts), static c => new(c.Name, c.Size, c.Bits)),
        Sort.Of<EnumSymbol>(
            "Enum",
            static s => new(s.Name, Size: s.Bits, Text: s.Texts ?? ""),
            static c => new(c.Name, c.Size, OrNull(c.Text))
        ),
        Sort.Of<ConstantsSymbol>("Constants", static s => new(s.Name, Size: s.Bits), static c => new(c.Name, c.Size)),
        Sort.Of<ConstantSymbol>(
            "Constant",
            static s => new(s.Name, Size: s.IsNegative ? 1 : 0, Value: s.Value),
            static c => new(c.Name, c.Value, c.Size != 0)
        ),
        Sort.Of<LayoutSymbol>("Layout", static s => new(s.Name, Size: s.Bytes), static c => new(c.Name, c.Size)),
        Sort.Of<MsrSymbol>("Msr", static s => new(s.Name, Value: s.Index), static c => new(c.Name, c.Value)),
        Sort.Of<StructSymbol>(
            "Struct",
            static s => new(s.Name, s.CSharp, s.Bytes, s.Align, s.IsUnion ? 1u : 0, s.FlexibleElement ?? ""),
            static c => new(c.Name, c.CSharp!, c.Size, c.Align, c.Value != 0, OrNull(c.Text))
        ),
        Sort.Of<IoctlSymbol>(
            "Ioctl",
            static s => new(s.Name, s.Method, Value: s.Request, Text: string.Join(",", s.Owners)),
            static c => new(c.Name, c.CSharp!, (uint)c.Value, Split(c.Text, ',').ToEquatable())
        ),
        Sort.Of<CpuidFeatureSymbol>("Cpuid", static s => new(s.Name, Value: s.Place), static c => new(c.Name, (uint)c.Value)),
        Sort.Of<AddedBitsSymbol>("Bits", static s => new(s.Name, Bits: s.Parts), static c => new(c.Name, c.Bits)),
        Sort.Of<ClassSymbol>("Class", static s => new(s.Name), static c => new(c.Name)),
    ];

    /// <summary>One symbol a line: sort, name, C# name, size, alignment, number, text, bits, namespace, visibility, fingerprint.</summary>
    public static string Format(IEnumerable<Symbol> symbols)
    {
        var text = new StringBuilder();
        foreach (var sort in Sorts)
        {
            foreach (
                var symbol in symbols
                    .Where(sort.Type.IsInstanceOfType)
                    .OrderBy(static s => s.Name, StringComparer.Ordinal)
                    .ThenBy(static s => s.Fingerprint)
            )
            {
                var line = sort.ToColumns(symbol);
                var bits = string.Join(",", line.Bits.Select(static b => FormattableString.Invariant($"{b.Name}:{b.Low}:{b.High}")));
                text.Append(
                    FormattableString.Invariant(
                        $"{sort.Word}|{line.Name}|{line.CSharp ?? line.Name}|{line.Size}|{line.Align}|{line.Value:X}|{line.Text}|{bits}|{symbol.Namespace}|{(symbol.IsInternal ? Internal : "")}|{symbol.Fingerprint:X}\n"
                    )
                );
            }
        }
        return text.ToString();
    }

    public static Symbol[] Parse(string text) => Split(text, '\n', '\r').Select(ParseLine).ToArray();

    private static Symbol ParseLine(string line)
    {
        var parts = line.Split('|');
        var symbol = Array
            .Find(Sorts, sort => sort.Word == parts[0])
            .ToSymbol(
                new(
                    parts[1],
                    parts[2],
                    int.Parse(parts[3], CultureInfo.InvariantCulture),
                    int.Parse(parts[4], CultureInfo.InvariantCulture),
                    ulong.Parse(parts[5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                    parts[6],
                    Split(parts[7], ',').Select(ParseBit).ToEquatable()
                )
            );
        return symbol with
        {
            Namespace = OrNull(parts[8]),
            IsInternal = parts[9] == Internal,
            Fingerprint = ulong.Parse(parts[10], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
        };
    }

    private static BitSymbol ParseBit(string text)
    {
        var parts = text.Split(':');
        return new(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    private static string[] Split(string text, params char[] separators) => text.Split(separators, StringSplitOptions.RemoveEmptyEntries);

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    // The columns of a line; each sort of symbol has a meaning for those that it uses.
    private sealed record Columns(
        string Name,
        string? CSharp = null,
        int Size = 0,
        int Align = 0,
        ulong Value = 0,
        string Text = "",
        EquatableArray<BitSymbol> Bits = default
    );

    private sealed record Sort(string Word, Type Type, Func<Symbol, Columns> ToColumns, Func<Columns, Symbol> ToSymbol)
    {
        public static Sort Of<T>(string word, Func<T, Columns> toColumns, Func<Columns, T> toSymbol)
            where T : Symbol => new(word, typeof(T), symbol => toColumns((T)symbol), toSymbol);
    }
}
