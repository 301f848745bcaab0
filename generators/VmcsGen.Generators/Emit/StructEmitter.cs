using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

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
        Docs.Write(
            writer,
            shape.Doc,
            $"The C type {shape.Native}.",
            $"{shape.Size} bytes.",
            shape.Align > shape.NaturalAlign ? $"C aligns it to {shape.Align} bytes; .NET does not." : null,
            shape.Flexible.Count == 0
                ? null
                : $"Followed in memory by its {string.Join(" or ", shape.Flexible.Select(static f => f.Native))}."
        );
        Docs.Attributes(writer, shape.Doc, shape.CSharpName);
        var kind = shape.IsExplicit ? "Explicit" : "Sequential";
        var pack = shape.Align < shape.NaturalAlign ? $", Pack = {shape.Align}" : "";
        writer.Line($"[StructLayout(LayoutKind.{kind}{pack}, Size = {shape.Size})]");
        var interfaces = string.Join(", ", shape.Flexible.Select(Contract));
        using (writer.Block($"{access} partial struct {shape.CSharpName}{(interfaces.Length == 0 ? "" : " : ")}{interfaces}"))
        {
            StructBitsEmitter.WriteStorage(writer, shape);
            foreach (var member in shape.Members)
            {
                writer.Gap();
                if (member.Bits is null)
                    WriteField(writer, shape, member);
                else
                    StructBitsEmitter.Write(writer, member, member.Bits);
            }
            foreach (var flexible in shape.Flexible)
                WriteFlexible(writer, flexible);
            foreach (var member in shape.Members)
                WriteNestedTypes(writer, member);
            foreach (var flexible in shape.Flexible)
                WriteArrayTypes(writer, flexible.CSharpName, flexible.CSharpType, flexible.Rows, first: 1);
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
        writer.Line(
            $"public {(member.Bounds.Count == 0 ? member.CSharpType : CLayout.ArrayName(member.CSharpName, 0))} {member.CSharpName};"
        );
    }

    private static string Contract(FlexibleShape flexible) => $"IKvmFlexible<{flexible.CSharpElement}>";

    private static void WriteFlexible(SourceWriter writer, FlexibleShape flexible)
    {
        var contract = Contract(flexible);
        writer.Gap();
        writer.Line($"static int {contract}.EntriesOffset => {flexible.Offset};");
        writer.Line();
        writer.Line($"static bool {contract}.HasCount => {(flexible.Count is null ? "false" : "true")};");
        writer.Line();
        using (writer.Block($"ulong {contract}.Count"))
        {
            if (flexible.Count is { } count)
            {
                writer.Line($"readonly get => {Got(flexible, count)};");
                writer.Line($"set => {count.Member} = {Given(flexible, count)};");
            }
            else
            {
                writer.Line("readonly get => 0;");
                writer.Line("set => throw new InvalidOperationException(\"No member counts the entries.\");");
            }
        }
    }

    // A negative count is a large one, and more than there is room for.
    private static string Got(FlexibleShape flexible, FlexibleCount count)
    {
        var stated = count.CSharpType is "byte" or "ushort" or "uint" or "ulong" or "nuint"
            ? count.Member
            : $"unchecked((ulong){count.Member})";
        return count.Unit switch
        {
            CountUnit.Elements => stated,
            CountUnit.Bytes => Entries(stated),
            _ when flexible.Offset == 0 => Entries(stated),
            _ => $"{stated} < {flexible.Offset} ? 0 : {Entries($"({stated} - {flexible.Offset})")}",
        };

        string Entries(string bytes) => flexible.ElementSize == 1 ? bytes : $"{bytes} / {flexible.ElementSize}";
    }

    private static string Given(FlexibleShape flexible, FlexibleCount count)
    {
        var bytes = flexible.ElementSize == 1 ? "value" : $"value * {flexible.ElementSize}";
        var number = count.Unit switch
        {
            CountUnit.Elements => "value",
            CountUnit.Bytes => bytes,
            _ => $"{flexible.Offset} + {(flexible.ElementSize == 1 ? bytes : $"({bytes})")}",
        };
        var fitting =
            number == "value"
                ? (count.Integer == "ulong" ? "value" : $"checked(({count.Integer})value)")
                : $"checked(({count.Integer})({number}))";
        return count.CSharpType == count.Integer ? fitting : $"({count.CSharpType}){fitting}";
    }

    private static void WriteNestedTypes(SourceWriter writer, MemberShape member)
    {
        WriteArrayTypes(writer, member.CSharpName, member.CSharpType, member.Bounds, first: 0);
        if (member.Nested is { } nested)
        {
            writer.Line();
            WriteStruct(writer, nested, "public");
        }
    }

    // From the innermost dimension outwards.
    private static void WriteArrayTypes(SourceWriter writer, string member, string type, EquatableArray<int> bounds, int first)
    {
        for (var i = bounds.Count - 1; i >= 0; i--)
        {
            var element = i == bounds.Count - 1 ? type : CLayout.ArrayName(member, first + i + 1);
            writer.Line();
            writer.Line($"/// <summary>{bounds[i]} elements; converts to a span of <c>{Docs.Escape(element)}</c>.</summary>");
            writer.Line($"[InlineArray({bounds[i]})]");
            using (writer.Block($"public struct {CLayout.ArrayName(member, first + i)}"))
                writer.Line($"private {element} _element0;");
        }
    }
}
