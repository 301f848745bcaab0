using System;
using System.Globalization;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Emit;

internal static class EnumEmitter
{
    public static string Emit(EnumUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System", "VmcsGen");
        Docs.Write(writer, unit.Doc, $"Values of {unit.Name}.");
        Docs.Attributes(writer, unit.Doc, unit.Name);
        if (unit.Form == EnumForm.Flags && !unit.Target.IsFreestanding)
            writer.Line("[Flags]");
        var isClass = unit.Form == EnumForm.Constants;
        using (
            writer.Block(
                isClass ? $"{unit.Target.Access} static class {unit.Name}" : $"{unit.Target.Access} enum {unit.Name} : {unit.Integer.Name}"
            )
        )
        {
            foreach (var member in unit.Members)
            {
                writer.Gap();
                Docs.Write(writer, member.Doc, $"{member.Name}.");
                Docs.Attributes(writer, member.Doc, member.Name);
                var value = Value(unit, member.Value);
                writer.Line(
                    !isClass ? $"{member.Name} = {value},"
                    : member.Text is { } text ? $"public const string {member.Name} = {SymbolDisplay.FormatLiteral(text, quote: true)};"
                    : $"public const {unit.Integer.Name} {member.Name} = {value};"
                );
            }
        }
        if (unit.HasTexts && !unit.Target.IsFreestanding)
            WriteTexts(writer, unit);
        return writer.ToString();
    }

    private static void WriteTexts(SourceWriter writer, EnumUnit unit)
    {
        writer.Line();
        writer.Line($"/// <summary>Native names and meanings of <see cref=\"{unit.Name}\"/>, for programs that show them.</summary>");
        using (writer.Block($"{unit.Target.Access} static class {unit.Name}Texts"))
        {
            WriteText(
                writer,
                unit,
                "NativeNameOf",
                "The native name of a value, else the manual's, or null for an unknown one.",
                static member => member.Doc.Native ?? member.Doc.Sdm ?? member.Name
            );
            writer.Line();
            WriteText(
                writer,
                unit,
                "MeaningOf",
                "What a value means, or null for an unknown one.",
                static member => member.Doc.Text ?? member.Name
            );
        }
    }

    private static void WriteText(SourceWriter writer, EnumUnit unit, string method, string summary, Func<EnumMember, string> text)
    {
        Docs.Element(writer, "summary", summary);
        writer.Line("/// <param name=\"value\">The value.</param>");
        using (writer.Block($"public static string? {method}({unit.Name} value) => value switch", "{", "};"))
        {
            // Two names may share a value; the first one stands for it.
            foreach (var member in unit.Members.GroupBy(static m => m.Value).Select(static g => g.First()))
                writer.Line($"{unit.Name}.{member.Name} => {Docs.Literal(text(member))},");
            writer.Line("_ => null,");
        }
    }

    // Specs write negative numbers as the header's macros expand: as the bits of the type.
    private static string Value(EnumUnit unit, ulong value)
    {
        if (unit.Form == EnumForm.Flags || (unit.Form == EnumForm.Constants && value > 0xFFFF))
            return unit.Integer.IsSigned ? $"unchecked(({unit.Integer.Name})0x{value:X})" : $"0x{value:X}";
        return unit.Integer.Value(value).ToString(null, CultureInfo.InvariantCulture);
    }
}
