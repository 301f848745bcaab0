using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits a C struct as a blittable C# struct with the same size and offsets.</summary>
internal static class StructEmitter
{
    public static string Emit(StructUnit unit)
    {
        var writer = SourceWriter.ForFile(
            unit.Target,
            "System",
            "System.ComponentModel",
            "System.Runtime.CompilerServices",
            "System.Runtime.InteropServices",
            "VmcsGen",
            "VmcsGen.Kvm",
            "VmcsGen.Kvm.Interop"
        );
        WriteStruct(writer, unit.Shape, unit.Target.Access);
        return writer.ToString();
    }

    private static void WriteStruct(SourceWriter writer, StructShape shape, string access)
    {
        var flexible = shape.Flexible;
        Docs.Write(
            writer,
            shape.Doc,
            $"The C type {shape.Native}.",
            $"{shape.Size} bytes.",
            flexible is null ? null : $"Followed in memory by its {flexible.Native}."
        );
        Docs.Attributes(writer, shape.Doc, shape.CSharpName);
        writer.Line(
            shape.IsExplicit
                ? $"[StructLayout(LayoutKind.Explicit, Size = {shape.Size})]"
                : $"[StructLayout(LayoutKind.Sequential, Size = {shape.Size})]"
        );
        var interfaces = flexible is null ? "" : $" : IKvmFlexible<{flexible.CSharpElement}>";
        using (writer.Block($"{access} partial struct {shape.CSharpName}{interfaces}"))
        {
            WriteStorageUnits(writer, shape);
            foreach (var member in shape.Members)
            {
                writer.Gap();
                if (member.Bits is null)
                    WriteField(writer, shape, member);
                else
                    WriteBits(writer, member, member.Bits);
            }
            if (flexible is not null)
                WriteFlexible(writer, flexible);
            foreach (var member in shape.Members)
                WriteNestedTypes(writer, member);
        }
    }

    private static void WriteField(SourceWriter writer, StructShape shape, MemberShape member)
    {
        Docs.Write(writer, member.Doc, member.IsPadding ? "Reserved; zero." : $"The member {member.Native}.");
        Docs.Attributes(writer, member.Doc, member.CSharpName);
        if (member.IsPadding)
            writer.Line("[EditorBrowsable(EditorBrowsableState.Never)]");
        if (shape.IsExplicit)
            writer.Line($"[FieldOffset({member.Offset})]");
        writer.Line($"public {(member.Bounds.Count == 0 ? member.CSharpType : ArrayName(member, 0))} {member.CSharpName};");
    }

    // C bit-fields share storage units; one private field stands for each.
    private static void WriteStorageUnits(SourceWriter writer, StructShape shape)
    {
        foreach (var unit in shape.Members.Where(static m => m.Bits is not null).GroupBy(Storage).Select(static g => g.First()))
        {
            writer.Gap();
            writer.Line($"[FieldOffset({unit.Offset})]");
            writer.Line($"private {StorageType(unit)} {Storage(unit)};");
        }
    }

    private static void WriteBits(SourceWriter writer, MemberShape member, BitSlice bits)
    {
        // Arithmetic happens in uint or ulong.
        var work = member.Size == 8 ? "ulong" : "uint";
        var storage = Storage(member);
        var mask = bits.Width == 64 ? ulong.MaxValue : (1UL << bits.Width) - 1;
        var shifted = bits.Low == 0 ? storage : $"({(member.Size < 4 ? "(uint)" : "")}{storage} >> {bits.Low})";
        var got = $"{shifted} & {Number(member, mask)}";
        var given =
            $"KvmBitFields.Fit({(CSharpInteger.Find(member.CSharpType) is { IsSigned: false } ? "" : $"({work})")}value, {Number(member, mask)})";
        var set = $"({storage} & ~{Number(member, mask << bits.Low)}) | {(bits.Low == 0 ? given : $"({given} << {bits.Low})")}";
        Docs.Write(
            writer,
            member.Doc,
            member.IsPadding ? "Reserved; zero." : $"The bit-field {member.Native}.",
            $"{bits.Width} {(bits.Width == 1 ? "bit" : "bits")}. A wider value is an error."
        );
        Docs.Attributes(writer, member.Doc, member.CSharpName);
        if (member.IsPadding)
            writer.Line("[EditorBrowsable(EditorBrowsableState.Never)]");
        using (writer.Block($"public {member.CSharpType} {member.CSharpName}"))
        {
            writer.Line($"readonly get => {(member.CSharpType == work ? got : $"({member.CSharpType})({got})")};");
            writer.Line($"set => {storage} = {(member.Size < 4 ? $"({StorageType(member)})({set})" : set)};");
        }
    }

    private static string Number(MemberShape member, ulong value) =>
        FormattableString.Invariant($"0x{value:X}{(member.Size == 8 ? "UL" : "U")}");

    private static void WriteFlexible(SourceWriter writer, FlexibleShape flexible)
    {
        var contract = $"IKvmFlexible<{flexible.CSharpElement}>";
        writer.Gap();
        writer.Line($"static int {contract}.EntriesOffset => {flexible.Offset};");
        writer.Line();
        writer.Line($"static bool {contract}.HasCount => {(flexible.CountMember is null ? "false" : "true")};");
        writer.Line();
        using (writer.Block($"ulong {contract}.Count"))
        {
            if (flexible is { CountMember: { } count, CountType: { } type })
            {
                var isWider = type == "ulong" || CSharpInteger.Find(type) is { IsSigned: false };
                writer.Line($"readonly get => {(isWider ? count : $"checked((ulong){count})")};");
                writer.Line($"set => {count} = {(type == "ulong" ? "value" : $"checked(({type})value)")};");
            }
            else
            {
                writer.Line("readonly get => 0;");
                writer.Line("set => throw new InvalidOperationException(\"No member counts the entries.\");");
            }
        }
    }

    private static void WriteNestedTypes(SourceWriter writer, MemberShape member)
    {
        for (var dimension = member.Bounds.Count - 1; dimension >= 0; dimension--)
        {
            var bound = member.Bounds[dimension];
            var element = dimension == member.Bounds.Count - 1 ? member.CSharpType : ArrayName(member, dimension + 1);
            writer.Line();
            writer.Line($"/// <summary>{bound} elements; converts to a span of <c>{element}</c>.</summary>");
            writer.Line($"[InlineArray({bound})]");
            using (writer.Block($"public struct {ArrayName(member, dimension)}"))
                writer.Line($"private {element} _element0;");
        }
        if (member.Nested is { } nested)
        {
            writer.Line();
            WriteStruct(writer, nested, "public");
        }
    }

    private static string ArrayName(MemberShape member, int dimension) => CLayout.ArrayName(member.CSharpName, dimension);

    // Units of different sizes may begin at one place: unsigned char a : 3; unsigned int b : 9;
    private static string Storage(MemberShape member) => $"_u{member.Size * 8}At{member.Offset}";

    private static string StorageType(MemberShape member) => CSharpInteger.Unsigned(member.Size * 8);
}
