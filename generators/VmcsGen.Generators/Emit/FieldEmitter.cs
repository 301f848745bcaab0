using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits VMCS fields: the enum of encodings, the table of descriptions, and the typed properties.</summary>
internal static class FieldEmitter
{
    private const string AddMethod = "AddFields";

    public static string EmitTable(FieldTableUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System", "VmcsGen");
        writer.Line("/// <summary>Encodings of the VMCS fields: the operand of VMREAD and VMWRITE (SDM 3C, appendix B).</summary>");
        using (writer.Block("public enum VmcsField : uint"))
        {
            foreach (var field in unit.Fields)
            {
                writer.Gap();
                WriteDocs(writer, field);
                writer.Line($"{field.Name} = 0x{field.Encoding:X4},");
            }
        }
        if (unit.Target.IsFreestanding)
            return writer.ToString();
        writer.Line();
        using (writer.Block("public static partial class VmcsFields"))
            WriteDescriptions(writer, unit.Fields, "VmcsField");
        return writer.ToString();
    }

    public static string EmitProperties(FieldPropertiesUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System", "System.Runtime.CompilerServices", "VmcsGen");
        using (writer.Block("public readonly partial struct Vmcs<TAccess>"))
        {
            foreach (var field in unit.Fields)
            {
                writer.Gap();
                WriteProperty(writer, field, unit.Target.Access, "_access", "VmcsField");
            }
        }
        return writer.ToString();
    }

    public static string EmitExtension(FieldExtensionUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System", "System.Runtime.CompilerServices", "VmcsGen", "VmcsGen.Vmx");
        writer.Line("/// <summary>VMCS fields of this project's specs, and their typed properties on every VMCS.</summary>");
        using (writer.Block($"{unit.Target.Access} static class {unit.ClassName}"))
        {
            foreach (var field in unit.Fields)
            {
                writer.Gap();
                WriteDocs(writer, field);
                writer.Line($"public const VmcsField {field.Name} = (VmcsField)0x{field.Encoding:X4};");
            }
            writer.Line();
            WriteDescriptions(writer, unit.Fields, unit.ClassName);
            writer.Line();
            writer.Line("// So that messages name the fields.");
            writer.Line("[ModuleInitializer]");
            writer.Line($"internal static void {AddMethod}() => VmcsFields.Add(All);");
            writer.Line();
            using (writer.Block("extension(VmcsField)"))
            {
                foreach (var field in unit.Fields)
                {
                    writer.Gap();
                    WriteDocs(writer, field);
                    writer.Line($"public static VmcsField {field.Name} => {unit.ClassName}.{field.Name};");
                }
            }
            writer.Line();
            writer.Line("/// <typeparam name=\"TAccess\">How the VMCS is reached.</typeparam>");
            writer.Line("/// <param name=\"vmcs\">The VMCS.</param>");
            using (writer.Block("extension<TAccess>(Vmcs<TAccess> vmcs) where TAccess : struct, IVmcsAccess"))
            {
                foreach (var field in unit.Fields)
                {
                    writer.Gap();
                    WriteProperty(writer, field, "public", "vmcs.Access", unit.ClassName);
                }
            }
        }
        return writer.ToString();
    }

    private static void WriteProperty(SourceWriter writer, VmcsField field, string visibility, string access, string owner)
    {
        var encoding = new VmcsEncoding(field.Encoding);
        WriteDocs(writer, field);
        using (writer.Block($"{visibility} {field.Type} {field.Name}"))
        {
            var read = $"{access}.Read({owner}.{field.Name})";
            writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
            writer.Line($"get => {FromRaw(field, encoding, read)};");
            if (encoding.IsReadOnly)
                return;
            writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
            writer.Line($"set => {access}.Write({owner}.{field.Name}, {ToRaw(field)});");
        }
    }

    private static string FromRaw(VmcsField field, VmcsEncoding encoding, string raw) =>
        field.Form switch
        {
            FieldForm.BitField => $"new({(encoding.Size == 64 ? raw : $"({CSharpInteger.Unsigned(encoding.Size)}){raw}")})",
            FieldForm.Enum => $"({field.Type}){raw}",
            _ => field.Type == "ulong" ? raw : $"({field.Type}){raw}",
        };

    private static string ToRaw(VmcsField field) =>
        field.Form switch
        {
            FieldForm.BitField => "value.Value",
            FieldForm.Enum => "(ulong)value",
            _ => "value",
        };

    private static void WriteDescriptions(SourceWriter writer, EquatableArray<VmcsField> fields, string owner)
    {
        writer.Line("/// <summary>What is known of each field, in the order of encodings.</summary>");
        writer.Line("public static ReadOnlySpan<VmcsFieldInfo> All => Table.All;");
        writer.Line();
        using (writer.Block("private static class Table"))
        using (writer.Block("internal static readonly VmcsFieldInfo[] All =", "[", "];"))
        {
            foreach (var field in fields.OrderBy(static f => f.Encoding))
            {
                var condition = field.ExistsWhen.Count == 0 ? "null" : $"[{string.Join(", ", field.ExistsWhen.Select(Condition))}]";
                var size = new VmcsEncoding(field.Encoding).Size;
                var describe = field.Form switch
                {
                    FieldForm.BitField =>
                        $", static value => new {field.Type}({(size == 64 ? "value" : $"({CSharpInteger.Unsigned(size)})value")}).ToString()",
                    FieldForm.Enum => $", static value => (({field.Type})value).ToString()",
                    _ => "",
                };
                writer.Line(
                    $"new({owner}.{field.Name}, {Docs.Literal(field.Name)}, {Docs.LiteralOrNull(field.Doc.Native ?? field.Doc.Sdm)}, {condition}{describe}{Check(field.Check)}),"
                );
            }
        }
    }

    private static string Check(FieldCheck? check)
    {
        if (check is null)
            return "";
        var control = check.Control is { } bit ? $"(VmcsField)0x{bit.Field:X4}, 0x{bit.Mask:X}" : "default, 0";
        return $", check: new(VmcsValueForm.{check.Form}, 0x{check.ZeroBits:X}, {control}, {Docs.LiteralOrNull(check.See)})";
    }

    private static string? Describe(FieldCheck? check)
    {
        if (check is null)
            return null;
        var demands = new[] { FormOf(check.Form), check.ZeroBits == 0 ? null : $"bits {Docs.Bits(check.ZeroBits)} must be 0" };
        var condition = check.Control is null ? "" : $" if {check.Control.FullName} is 1";
        return $"VM entry checks it{condition}: {string.Join(", ", demands.Where(static d => d is not null))}.";
    }

    private static string? FormOf(ValueForm form) =>
        form switch
        {
            ValueForm.PhysicalAddress => "it must lie within the physical-address width",
            ValueForm.Canonical => "it must be canonical",
            ValueForm.Nonzero => "it must not be 0",
            ValueForm.MemoryTypes => "each byte must be a memory type of the PAT",
            _ => null,
        };

    private static void WriteDocs(SourceWriter writer, VmcsField field)
    {
        var controls = Controls(field);
        var condition = controls is null ? null : $"Exists when the processor supports {controls}.";
        Docs.Write(
            writer,
            field.Doc,
            $"The VMCS field {field.Name}.",
            $"Encoding 0x{field.Encoding:X4}: {new VmcsEncoding(field.Encoding).Describe()}.",
            condition,
            Describe(field.Check)
        );
        Docs.Attributes(writer, field.Doc, field.Name);
        if (controls is not null)
            writer.Line($"[ExistsWhen({Docs.Literal(controls)})]");
    }

    private static string Condition(ControlBit control)
    {
        var word = control.Field is { } encoding ? $"(VmcsField)0x{encoding:X4}" : "null";
        return $"new({Docs.Literal(control.FullName)}, {word}, 0x{control.Mask:X})";
    }

    private static string? Controls(VmcsField field) =>
        field.ExistsWhen.Count == 0 ? null : string.Join(" or ", field.ExistsWhen.Select(static control => control.FullName));
}
