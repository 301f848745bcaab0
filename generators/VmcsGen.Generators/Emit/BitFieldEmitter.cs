using System;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Emit;

internal static class BitFieldEmitter
{
    public static string Emit(BitFieldUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System", "VmcsGen", "VmcsGen.Vmx");
        var name = unit.Name;
        var raw = CSharpInteger.Unsigned(unit.Size);
        var isFreestanding = unit.Target.IsFreestanding;
        Docs.Write(writer, unit.Doc, $"The bit-field {name}.", $"{unit.Size} bits.", Capability(unit));
        Docs.Attributes(writer, unit.Doc, name);
        using (writer.Block($"{unit.Target.Access} readonly struct {name}{(isFreestanding ? "" : $" : IEquatable<{name}>")}"))
        {
            writer.Line($"private readonly {raw} _value;");
            writer.Line();
            writer.Line("/// <summary>Wraps a raw value.</summary>");
            writer.Line($"public {name}({raw} value) => _value = value;");
            writer.Line();
            writer.Line("/// <summary>The raw value.</summary>");
            writer.Line($"public {raw} Value => _value;");
            foreach (var part in unit.Parts)
                WritePart(writer, unit.Size, part, isFreestanding);
            if (!isFreestanding)
                WriteTable(writer, unit);
            writer.Line();
            writer.Lines(
                $$"""
                /// <summary>Wraps a raw value.</summary>
                public static explicit operator {{name}}({{raw}} value) => new(value);

                /// <summary>The raw value.</summary>
                public static explicit operator {{raw}}({{name}} value) => value._value;

                /// <summary>The bits that are set in either operand.</summary>
                public static {{name}} operator |({{name}} left, {{name}} right) => new({{Cast(unit.Size, "left._value | right._value")}});

                /// <summary>The bits that are set in both operands.</summary>
                public static {{name}} operator &({{name}} left, {{name}} right) => new({{Cast(unit.Size, "left._value & right._value")}});

                /// <summary>Every bit inverted.</summary>
                public static {{name}} operator ~({{name}} value) => new({{(
                    unit.Size < 32 ? $"unchecked(({raw})~value._value)" : "~value._value"
                )}});

                /// <summary>Whether two raw values are equal.</summary>
                public static bool operator ==({{name}} left, {{name}} right) => left._value == right._value;

                /// <summary>Whether two raw values differ.</summary>
                public static bool operator !=({{name}} left, {{name}} right) => left._value != right._value;
                """
            );
            if (!isFreestanding)
                WriteObjectMembers(writer, name);
        }
        return writer.ToString();
    }

    private static void WriteObjectMembers(SourceWriter writer, string name)
    {
        writer.Line();
        writer.Lines(
            $$"""
            /// <inheritdoc/>
            public bool Equals({{name}} other) => _value == other._value;

            /// <inheritdoc/>
            public override bool Equals(object? obj) => obj is {{name}} other && Equals(other);

            /// <inheritdoc/>
            public override int GetHashCode() => _value.GetHashCode();

            /// <summary>Names the set bits and the values of wider parts; bits without a name follow as a number.</summary>
            public override string ToString() => BitFieldParts.Format(_value, Parts);
            """
        );
    }

    /// <summary>Bits added to a bit-field of another assembly: extension properties to read, <c>With…</c> methods to set.</summary>
    public static string EmitExtension(BitFieldExtensionUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System", "VmcsGen", "VmcsGen.Vmx");
        writer.Line($"/// <summary>Further bits of <see cref=\"{unit.BitField}\"/>.</summary>");
        using (writer.Block($"{unit.Target.Access} static class {unit.ClassName}"))
        using (writer.Block($"extension({unit.BitField} bits)"))
        {
            foreach (var part in unit.Parts)
            {
                writer.Gap();
                WriteDocs(writer, part);
                writer.Line($"public {PartType(part)} {part.Name} => {Get(unit.Size, part, "bits.Value")};");
                writer.Line();
                Docs.Element(writer, "summary", $"The same bits, with {part.Name} as given.");
                writer.Line(
                    $"public {unit.BitField} With{part.Name}({PartType(part)} value) => new({Set(unit.Size, part, "bits.Value", unit.Target.IsFreestanding)});"
                );
            }
        }
        return writer.ToString();
    }

    private static void WritePart(SourceWriter writer, int size, BitPart part, bool isFreestanding)
    {
        writer.Line();
        WriteDocs(writer, part);
        using (writer.Block($"public {PartType(part)} {part.Name}"))
        {
            writer.Line($"get => {Get(size, part, "_value")};");
            writer.Line($"init => _value = {Set(size, part, "_value", isFreestanding)};");
        }
    }

    private static void WriteDocs(SourceWriter writer, BitPart part)
    {
        var place = part.Width == 1 ? $"Bit {part.Low}." : $"Bits {part.High}:{part.Low}{(part.InPlace ? ", not shifted" : "")}.";
        Docs.Write(writer, part.Doc, $"{part.Name}.", place);
        Docs.Attributes(writer, part.Doc, part.Name);
    }

    private static void WriteTable(SourceWriter writer, BitFieldUnit unit)
    {
        writer.Line();
        writer.Line("/// <summary>The named parts, lowest bit first as the spec lists them.</summary>");
        writer.Line("public static ReadOnlySpan<BitFieldPart> Parts => Table.Parts;");
        writer.Line();
        using (writer.Block("private static class Table"))
        using (writer.Block("internal static readonly BitFieldPart[] Parts =", "[", "];"))
        {
            foreach (var part in unit.Parts)
            {
                var describe = part.EnumType is null ? "" : $", static value => (({part.EnumType})value).ToString()";
                var inPlace = part.InPlace ? ", inPlace: true" : "";
                writer.Line(
                    $"new({Docs.Literal(part.Name)}, {Docs.LiteralOrNull(part.Doc.Native)}, {part.Low}, {part.High}{describe}{inPlace}),"
                );
            }
        }
    }

    private static string? Capability(BitFieldUnit unit) =>
        (unit.Capability, unit.TrueCapability) switch
        {
            (null, null) => null,
            ({ } capability, null) => $"Allowed settings: {capability}.",
            var (capability, trueCapability) => $"Allowed settings: {capability}, {trueCapability}.",
        };

    private static string PartType(BitPart part) =>
        part switch
        {
            { EnumType: { } type } => type,
            { Width: 1 } => "bool",
            { InPlace: true, High: > 31 } => "ulong",
            { Width: <= 32 } when !part.InPlace => "uint",
            { High: <= 31 } => "uint",
            _ => "ulong",
        };

    // Arithmetic happens in uint or ulong; narrower values are cast back.
    private static string Cast(int size, string expression) => size < 32 ? $"({CSharpInteger.Unsigned(size)})({expression})" : expression;

    private static ulong Mask(BitPart part) => part.Width == 64 ? ulong.MaxValue : (1UL << part.Width) - 1;

    private static string Number(int size, ulong value) => FormattableString.Invariant($"0x{value:X}{(size == 64 ? "UL" : "U")}");

    private static string Get(int size, BitPart part, string value)
    {
        if (part.Width == 1 && part.EnumType is null)
            return $"({value} & {Number(size, 1UL << part.Low)}) != 0";
        var type = PartType(part);
        if (part.InPlace)
            return Convert(size, type, $"{value} & {Number(size, Mask(part) << part.Low)}");
        // A narrow value shifts as an int, which does not mix with unsigned masks.
        var shifted = part.Low == 0 ? value : $"({(size < 32 ? "(uint)" : "")}{value} >> {part.Low})";
        return Convert(size, type, part.Width == size ? shifted : $"{shifted} & {Number(size, Mask(part))}");
    }

    private static string Convert(int size, string type, string expression) =>
        type == (size == 64 ? "ulong" : "uint") ? expression : $"({type})({expression})";

    // Without exceptions, what does not fit is cut off.
    private static string Set(int size, BitPart part, string value, bool isFreestanding)
    {
        var mask = Number(size, Mask(part) << part.Low);
        if (part.Width == 1 && part.EnumType is null)
            return size < 32
                ? Cast(size, $"value ? {value} | {mask} : {value} & ~{mask}")
                : $"value ? {value} | {mask} : {value} & ~{mask}";
        var work = size == 64 ? "ulong" : "uint";
        var given = PartType(part) == work ? "value" : $"({work})value";
        var check = (part.InPlace, isFreestanding) switch
        {
            (true, true) => $"({given} & {mask})",
            (true, false) => $"BitFieldParts.FitInPlace({given}, {mask})",
            (false, true) => $"({given} & {Number(size, Mask(part))})",
            (false, false) => $"BitFieldParts.Fit({given}, {Number(size, Mask(part))})",
        };
        var moved = part.InPlace || part.Low == 0 ? check : $"({check} << {part.Low})";
        return Cast(size, part.Width == size ? check : $"({value} & ~{mask}) | {moved}");
    }
}
