using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Names;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits the bit-fields of a C struct: properties over private fields that stand for the bytes in which they lie.</summary>
/// <param name="writer">Where they go.</param>
/// <param name="isFreestanding">Whether a wider value must lose its bits, because there are no exceptions.</param>
internal sealed class StructBitsEmitter(SourceWriter writer, bool isFreestanding)
{
    /// <summary>One private field for each unit that bit-fields share.</summary>
    public void WriteStorage(StructShape shape)
    {
        foreach (var unit in shape.Members.Where(static m => m.Bits is not null).SelectMany(Units).Distinct())
        {
            writer.Gap();
            writer.Line($"[FieldOffset({unit.Offset})]");
            writer.Line($"private {unit.Type} {unit.Name};");
        }
    }

    public void Write(MemberShape member, BitSlice bits)
    {
        Docs.Write(
            writer,
            member.Doc,
            member.IsPadding ? "Reserved; zero." : $"The bit-field {member.Native}.",
            $"{bits.Width} {(bits.Width == 1 ? "bit" : "bits")}.{(member.CSharpType == "bool" ? "" : isFreestanding ? " A wider value loses its upper bits." : " A wider value is an error.")}"
        );
        Docs.Attributes(writer, member.Doc, member.CSharpName);
        if (member.IsPadding && !isFreestanding)
            writer.Line("[EditorBrowsable(EditorBrowsableState.Never)]");
        var units = Units(member).ToArray();
        using (writer.Block($"public {member.CSharpType} {member.CSharpName}"))
        {
            if (units.Length == 1)
                WriteInOne(member, bits, units[0]);
            else
                WriteInSeveral(member, bits, units);
        }
    }

    private void WriteInOne(MemberShape member, BitSlice bits, Unit unit)
    {
        // Arithmetic happens in uint or ulong.
        var work = unit.Size == 8 ? "ulong" : "uint";
        var mask = Mask(bits.Width);
        var shifted = bits.Low == 0 ? unit.Name : $"({(unit.Size < 4 ? "(uint)" : "")}{unit.Name} >> {bits.Low})";
        writer.Line($"readonly get => {Shown(member, bits, $"{shifted} & {Number(work, mask)}", work)};");
        var given = Given(member, bits, work);
        var set = $"({unit.Name} & ~{Number(work, mask << bits.Low)}) | {(bits.Low == 0 ? given : $"({given} << {bits.Low})")}";
        writer.Line($"set => {unit.Name} = {(unit.Size < 4 ? $"({unit.Type})({set})" : set)};");
    }

    // A packed bit-field may touch as many bytes as no integer has: it is put together from several.
    private void WriteInSeveral(MemberShape member, BitSlice bits, IReadOnlyList<Unit> units)
    {
        var parts = units.Select(unit => Shifted($"(ulong){unit.Name}", ((unit.Offset - member.Offset) * 8) - bits.Low));
        writer.Line(
            $"readonly get => {Shown(member, bits, $"({string.Join(" | ", parts)}) & {Number("ulong", Mask(bits.Width))}", "ulong")};"
        );
        using (writer.Block("set"))
        {
            writer.Line($"ulong bits = {Given(member, bits, "ulong")};");
            foreach (var unit in units)
            {
                var from = ((unit.Offset - member.Offset) * 8) - bits.Low;
                var whole = Mask(bits.Width);
                var mask = (from < 0 ? whole << -from : whole >> from) & Mask(unit.Size * 8);
                var kept = unit.Size == 8 ? $"{unit.Name} & ~{Number("ulong", mask)}" : $"(ulong){unit.Name} & ~{Number("ulong", mask)}";
                var value = $"({kept}) | ({Shifted("bits", -from)} & {Number("ulong", mask)})";
                writer.Line($"{unit.Name} = {(unit.Size == 8 ? value : $"({unit.Type})({value})")};");
            }
        }
    }

    private static string Shifted(string value, int left) =>
        left == 0 ? value
        : left > 0 ? $"({value} << {left})"
        : $"({value} >> {-left})";

    private static string Shown(MemberShape member, BitSlice bits, string got, string work)
    {
        if (member.CSharpType == "bool")
            return $"({got}) != 0";
        if (bits.IsSigned)
        {
            var (signed, width) = work == "ulong" ? ("long", 64) : ("int", 32);
            var extended = $"({signed})(({got}) << {width - bits.Width}) >> {width - bits.Width}";
            return $"unchecked({(member.CSharpType == signed ? extended : $"({member.CSharpType})({extended})")})";
        }
        return member.CSharpType == work ? got : $"({member.CSharpType})({got})";
    }

    // The bits to set, checked to be no more than there are.
    private string Given(MemberShape member, BitSlice bits, string work)
    {
        if (member.CSharpType == "bool")
            return $"(value ? {Number(work, 1)} : {Number(work, 0)})";
        if (isFreestanding)
            return $"(unchecked(({work})value) & {Number(work, Mask(bits.Width))})";
        if (bits.IsSigned)
            return $"KvmBitFields.FitSigned(({(work == "ulong" ? "long" : "int")})value, {bits.Width})";
        var isUnsigned = CSharpInteger.Find(member.CSharpType) is { IsSigned: false } integer && (work == "ulong" || integer.Bits <= 32);
        // An argument of 64 bits has the answer of 64 bits.
        var value = isUnsigned && (work == "uint" || member.CSharpType is "ulong" or "nuint") ? "value" : $"({work})value";
        return $"KvmBitFields.Fit({value}, {Number(work, Mask(bits.Width))})";
    }

    private static ulong Mask(int width) => width == 64 ? ulong.MaxValue : (1UL << width) - 1;

    private static string Number(string work, ulong value) => FormattableString.Invariant($"0x{value:X}{(work == "ulong" ? "UL" : "U")}");

    // The bytes of a bit-field as integers, the largest first. Units of different sizes may begin at one place: unsigned char a : 3;
    // unsigned int b : 9;
    private static IEnumerable<Unit> Units(MemberShape member)
    {
        for (int offset = member.Offset, left = member.Size; left > 0; )
        {
            var size =
                left >= 8 ? 8
                : left >= 4 ? 4
                : left >= 2 ? 2
                : 1;
            yield return new(offset, size);
            offset += size;
            left -= size;
        }
    }

    private readonly record struct Unit(int Offset, int Size)
    {
        public string Name => $"_u{Size * 8}At{Offset}";

        public string Type => CSharpInteger.Unsigned(Size * 8);
    }
}
