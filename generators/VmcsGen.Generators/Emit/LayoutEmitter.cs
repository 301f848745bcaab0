using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Layout;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits a layout: the blittable struct, its table of encodings, and the image through which a VMCS uses it.</summary>
internal static class LayoutEmitter
{
    // Width and type of an encoding together: 4 × 4 groups.
    private const int Groups = 16;

    public static string Emit(LayoutUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System", "System.Runtime.CompilerServices", "System.Runtime.InteropServices", "VmcsGen", "VmcsGen.Vmx");
        var name = unit.Name;
        Docs.Write(writer, unit.Doc, $"The VMCS layout {name}.", $"{unit.Size} bytes.");
        Docs.Attributes(writer, unit.Doc, name);
        writer.Line($"[StructLayout(LayoutKind.Explicit, Size = {unit.Size}, Pack = 1)]");
        using (writer.Block($"{unit.Target.Access} struct {name} : IVmcsLayout"))
        {
            writer.Line("/// <summary>Bytes that the layout occupies.</summary>");
            writer.Line($"public const int SizeInBytes = {unit.Size};");
            if (unit.Revision is { } revision)
            {
                writer.Line();
                writer.Line("/// <summary>The VMCS revision identifier that marks a region of this layout.</summary>");
                writer.Line($"public const uint RevisionId = 0x{revision:X8};");
            }
            foreach (var member in unit.Members)
            {
                writer.Line();
                var stored = member.Encoding is { } encoding ? $"Offset {member.Offset}; stores field 0x{encoding:X4}." : $"Offset {member.Offset}.";
                Docs.Write(writer, member.Doc, member.Encoding is null ? $"{member.Name}." : $"The VMCS field {member.Name}.", stored);
                Docs.Attributes(writer, member.Doc, member.Name);
                writer.Line($"[FieldOffset({member.Offset})]");
                writer.Line($"public {member.Type} {member.Name};");
            }
            WriteTables(writer, unit);
            WriteAccess(writer, name);
        }
        writer.Line();
        WriteImage(writer, unit);
        return writer.ToString();
    }

    private static void WriteTables(SourceWriter writer, LayoutUnit unit)
    {
        var fields = unit.Members.Where(static m => m.Encoding is not null).Select(static m => (Encoding: new VmcsEncoding(m.Encoding!.Value), m.Offset)).ToArray();
        var columns = 1;
        while (fields.Any(f => f.Encoding.Index >= columns))
            columns *= 2;
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line($"public static int FieldOffsetColumns => {columns};");
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        using (writer.Block("public static ReadOnlySpan<ushort> FieldOffsets"))
        using (writer.Block("get"))
        {
            writer.Line("const ushort __ = VmcsLayouts.Absent;");
            using (writer.Block("return", "[", "];"))
            {
                for (var group = 0; group < Groups; group++)
                {
                    var encoding = new VmcsEncoding((ulong)((group >> 2 << 13) | ((group & 3) << 10)));
                    writer.Line($"// {encoding.Describe()}");
                    for (var start = 0; start < columns; start += 16)
                        writer.Line(string.Join(" ", Row(fields, group, start, columns)));
                }
            }
        }
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line("public static ReadOnlySpan<VmcsLayoutMember> Members => Table.Members;");
        writer.Line();
        using (writer.Block("private static class Table"))
        using (writer.Block("internal static readonly VmcsLayoutMember[] Members =", "[", "];"))
        {
            foreach (var member in unit.Members)
            {
                var field = member.Encoding is not { } encoding ? "null"
                    : member.IsBuiltIn ? $"VmcsField.{member.Name}"
                    : $"(VmcsField)0x{encoding:X4}";
                writer.Line($"new({Docs.Literal(member.Name)}, {Docs.LiteralOrNull(member.Doc.Native)}, {member.Offset}, {member.Size}, {field}),");
            }
        }
    }

    private static IEnumerable<string> Row((VmcsEncoding Encoding, int Offset)[] fields, int group, int start, int columns)
    {
        for (var column = start; column < start + 16 && column < columns; column++)
        {
            var offset = fields.Where(f => (((int)f.Encoding.Width << 2) | (int)f.Encoding.Type) == group && f.Encoding.Index == column).Select(static f => (int?)f.Offset).FirstOrDefault();
            yield return offset is { } given ? $"{given}," : "__,";
        }
    }

    private static void WriteAccess(SourceWriter writer, string name)
    {
        writer.Line();
        writer.Lines(
            $$"""
            /// <summary>Reads a field by its encoding, as VMREAD does.</summary>
            /// <returns>Success, or VM-instruction error 12 when this layout has no such field.</returns>
            public readonly VmxResult TryRead(VmcsField field, out ulong value) => VmcsLayouts.TryRead(in this, field, out value);

            /// <summary>Writes a field by its encoding, as VMWRITE does: a value wider than the field is truncated.</summary>
            /// <returns>Success, or VM-instruction error 12 when this layout has no such field.</returns>
            public VmxResult TryWrite(VmcsField field, ulong value) => VmcsLayouts.TryWrite(ref this, field, value);
            """);
    }

    private static void WriteImage(SourceWriter writer, LayoutUnit unit)
    {
        var name = unit.Name;
        var revision = unit.Revision is null ? "" : $"\n        MemoryMarshal.Write(image.Bytes, {name}.RevisionId);";
        writer.Lines(
            $$"""
            /// <summary>
            /// A VMCS in memory, laid out as <see cref="{{name}}"/>. Copies of an image share its memory, which the garbage
            /// collector owns.
            /// </summary>
            {{unit.Target.Access}} readonly struct {{name}}Image : IVmcsAccess
            {
                private readonly StrongBox<{{name}}> _page;

                private {{name}}Image(StrongBox<{{name}}> page) => _page = page;

                /// <summary>The memory, as the struct that lies there.</summary>
                public ref {{name}} Page => ref _page.Value;

                /// <summary>The memory, as bytes.</summary>
                public Span<byte> Bytes => MemoryMarshal.AsBytes(new Span<{{name}}>(ref _page.Value));

                /// <summary>The typed properties of every VMCS field, over this memory.</summary>
                public Vmcs<{{name}}Image> Vmcs => new(this);

                /// <summary>New memory: zero, but for the revision identifier where the layout has one.</summary>
                public static {{name}}Image Create()
                {
                    var image = new {{name}}Image(new StrongBox<{{name}}>());{{revision}}
                    return image;
                }

                /// <summary>A copy of bytes found elsewhere; missing ones at the end are zero.</summary>
                /// <exception cref="ArgumentException">There are more than {{unit.Size}} bytes.</exception>
                public static {{name}}Image FromBytes(ReadOnlySpan<byte> bytes)
                {
                    var image = new {{name}}Image(new StrongBox<{{name}}>());
                    VmcsLayouts.CopyTo(bytes, image.Bytes);
                    return image;
                }

                /// <inheritdoc/>
                [MethodImpl(MethodImplOptions.AggressiveInlining)]
                public ulong Read(VmcsField field) => VmcsLayouts.Read(in _page.Value, field);

                /// <inheritdoc/>
                [MethodImpl(MethodImplOptions.AggressiveInlining)]
                public void Write(VmcsField field, ulong value) => VmcsLayouts.Write(ref _page.Value, field, value);

                /// <inheritdoc/>
                public VmxResult TryRead(VmcsField field, out ulong value) => _page.Value.TryRead(field, out value);

                /// <inheritdoc/>
                public VmxResult TryWrite(VmcsField field, ulong value) => _page.Value.TryWrite(field, value);
            }
            """);
    }
}
