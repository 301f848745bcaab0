using System;
using System.Globalization;
using VmcsGen.Generators.Model;

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
        using (writer.Block(isClass ? $"{unit.Target.Access} static class {unit.Name}" : $"{unit.Target.Access} enum {unit.Name} : {unit.CSharpType}"))
        {
            foreach (var member in unit.Members)
            {
                writer.Gap();
                Docs.Write(writer, member.Doc, $"{member.Name}.");
                Docs.Attributes(writer, member.Doc, member.Name);
                var value = Value(unit, member.Value);
                writer.Line(isClass ? $"public const {unit.CSharpType} {member.Name} = {value};" : $"{member.Name} = {value},");
            }
        }
        return writer.ToString();
    }

    private static string Value(EnumUnit unit, ulong value)
    {
        var isSigned = unit.CSharpType is "sbyte" or "short" or "int" or "long";
        if (unit.Form == EnumForm.Flags || (unit.Form == EnumForm.Constants && value > 0xFFFF))
            return isSigned ? $"unchecked(({unit.CSharpType})0x{value:X})" : $"0x{value:X}";
        return (isSigned ? SignExtend(unit.CSharpType, value) : (IFormattable)value).ToString(null, CultureInfo.InvariantCulture);
    }

    // Specs write negative numbers as the header's macros expand: as the bits of the type.
    private static long SignExtend(string type, ulong value) => unchecked(type switch
    {
        "sbyte" => (sbyte)value,
        "short" => (short)value,
        "int" => (int)value,
        _ => (long)value,
    });
}

internal static class MsrEmitter
{
    public static string Emit(MsrUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "VmcsGen");
        writer.Line("/// <summary>Indices of model-specific registers.</summary>");
        using (writer.Block($"{unit.Target.Access} enum {unit.Name} : uint"))
        {
            foreach (var member in unit.Members)
            {
                writer.Gap();
                Docs.Write(writer, member.Doc, $"{member.Name}.", member.Type is null ? null : $"Its value is of type {member.Type}.");
                Docs.Attributes(writer, member.Doc, member.Name);
                writer.Line($"{member.Name} = 0x{member.Index:X},");
            }
        }
        return writer.ToString();
    }
}
