using System;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits a C struct as a blittable C# struct with the same size and offsets.</summary>
internal sealed class StructEmitter
{
    private readonly SourceWriter _writer;
    private readonly bool _isFreestanding;
    private readonly StructBitsEmitter _bits;

    private StructEmitter(SourceWriter writer, bool isFreestanding) =>
        (_writer, _isFreestanding, _bits) = (writer, isFreestanding, new(writer, isFreestanding));

    public static string Emit(StructUnit unit)
    {
        // Without the runtime there are no buffers and no completion to hide padding from.
        string[] ofRuntime = unit.Target.IsFreestanding ? [] : ["System.ComponentModel", "VmcsGen.Kvm"];
        string[] usings =
        [
            "System",
            "System.Runtime.CompilerServices",
            "System.Runtime.InteropServices",
            "VmcsGen",
            "VmcsGen.Kvm.Interop",
            .. ofRuntime,
        ];
        var writer = SourceWriter.ForFile(unit.Target, [.. usings.OrderBy(static name => name, StringComparer.Ordinal)]);
        new StructEmitter(writer, unit.Target.IsFreestanding).WriteStruct(unit.Shape, unit.Target.Access);
        return writer.ToString();
    }

    private void WriteStruct(StructShape shape, string access)
    {
        Docs.Write(
            _writer,
            shape.Doc,
            $"The C type {shape.Native}.",
            $"{shape.Size} bytes.",
            shape.Align > shape.NaturalAlign ? $"C aligns it to {shape.Align} bytes; .NET does not." : null,
            shape.Flexible.Count == 0
                ? null
                : $"Followed in memory by its {string.Join(" or ", shape.Flexible.Select(static f => f.Native))}."
        );
        Docs.Attributes(_writer, shape.Doc, shape.CSharpName);
        var kind = shape.IsExplicit ? "Explicit" : "Sequential";
        var pack = shape.Align < shape.NaturalAlign ? $", Pack = {shape.Align}" : "";
        _writer.Line($"[StructLayout(LayoutKind.{kind}{pack}, Size = {shape.Size})]");
        var interfaces = _isFreestanding ? "" : string.Join(", ", shape.Flexible.Select(Contract));
        using (_writer.Block($"{access} partial struct {shape.CSharpName}{(interfaces.Length == 0 ? "" : " : ")}{interfaces}"))
        {
            _bits.WriteStorage(shape);
            foreach (var member in shape.Members)
            {
                _writer.Gap();
                if (member.Bits is null)
                    WriteField(shape, member);
                else
                    _bits.Write(member, member.Bits);
            }
            foreach (var flexible in _isFreestanding ? default : shape.Flexible)
                WriteFlexible(flexible);
            foreach (var member in shape.Members)
                WriteNestedTypes(member);
            foreach (var flexible in shape.Flexible)
                WriteArrayTypes(flexible.CSharpName, flexible.CSharpType, flexible.Rows, first: 1);
        }
    }

    private void WriteField(StructShape shape, MemberShape member)
    {
        Docs.Write(_writer, member.Doc, member.IsPadding ? "Reserved; zero." : $"The member {member.Native}.");
        Docs.Attributes(_writer, member.Doc, member.CSharpName);
        if (member.IsPadding && !_isFreestanding)
            _writer.Line("[EditorBrowsable(EditorBrowsableState.Never)]");
        if (shape.IsExplicit)
            _writer.Line($"[FieldOffset({member.Offset})]");
        _writer.Line(
            $"public {(member.Bounds.Count == 0 ? member.CSharpType : CLayout.ArrayName(member.CSharpName, 0))} {member.CSharpName};"
        );
    }

    private static string Contract(FlexibleShape flexible) => $"IKvmFlexible<{flexible.CSharpElement}>";

    private void WriteFlexible(FlexibleShape flexible)
    {
        var contract = Contract(flexible);
        _writer.Gap();
        _writer.Line($"static int {contract}.EntriesOffset => {flexible.Offset};");
        _writer.Line();
        _writer.Line($"static bool {contract}.HasCount => {(flexible.Count is null ? "false" : "true")};");
        _writer.Line();
        using (_writer.Block($"ulong {contract}.Count"))
        {
            if (flexible.Count is { } count)
            {
                _writer.Line($"readonly get => {Got(flexible, count)};");
                _writer.Line($"set => {count.Member} = {Given(flexible, count)};");
            }
            else
            {
                _writer.Line("readonly get => 0;");
                _writer.Line("set => throw new InvalidOperationException(\"No member counts the entries.\");");
            }
        }
    }

    // A negative count is a large one, and more than there is room for.
    private static string Got(FlexibleShape flexible, FlexibleCount count)
    {
        var stated = count.CSharpType switch
        {
            // Arithmetic with a number would make an int of it.
            "byte" or "ushort" when count.Unit != CountUnit.Elements => $"(uint){count.Member}",
            "byte" or "ushort" or "uint" or "ulong" or "nuint" => count.Member,
            _ => $"unchecked((ulong){count.Member})",
        };
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

    private void WriteNestedTypes(MemberShape member)
    {
        WriteArrayTypes(member.CSharpName, member.CSharpType, member.Bounds, first: 0);
        if (member.Nested is { } nested)
        {
            _writer.Line();
            WriteStruct(nested, "public");
        }
    }

    // From the innermost dimension outwards.
    private void WriteArrayTypes(string member, string type, EquatableArray<int> bounds, int first)
    {
        for (var i = bounds.Count - 1; i >= 0; i--)
        {
            var element = i == bounds.Count - 1 ? type : CLayout.ArrayName(member, first + i + 1);
            _writer.Line();
            _writer.Line($"/// <summary>{bounds[i]} elements; converts to a span of <c>{Docs.Escape(element)}</c>.</summary>");
            _writer.Line($"[InlineArray({bounds[i]})]");
            using (_writer.Block($"public struct {CLayout.ArrayName(member, first + i)}"))
                _writer.Line($"private {element} _element0;");
        }
    }
}
