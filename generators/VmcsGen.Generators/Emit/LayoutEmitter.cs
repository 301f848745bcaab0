using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits a layout: the blittable struct, its table of encodings, and the image through which a VMCS uses it.</summary>
internal static class LayoutEmitter
{
    // Bits 14:10 of an encoding: type, a reserved bit, width.
    private const int Columns = 32;

    public static string Emit(LayoutUnit unit)
    {
        var writer = SourceWriter.ForFile(
            unit.Target,
            "System",
            "System.Runtime.CompilerServices",
            "System.Runtime.InteropServices",
            "VmcsGen",
            "VmcsGen.Vmx"
        );
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
                var stored = member.Encoding is { } encoding
                    ? $"Offset {member.Offset}; stores field 0x{encoding:X4}."
                    : $"Offset {member.Offset}.";
                Docs.Write(writer, member.Doc, member.Encoding is null ? $"{member.Name}." : $"The VMCS field {member.Name}.", stored);
                Docs.Attributes(writer, member.Doc, member.Name);
                writer.Line($"[FieldOffset({member.Offset})]");
                writer.Line($"public {member.Type} {member.Name};");
            }
            WriteTables(writer, unit);
            if (!unit.Target.IsFreestanding)
                WriteMembers(writer, unit);
            WriteAccess(writer, name);
        }
        writer.Line();
        if (unit.Target.IsFreestanding)
            WriteFreestandingImage(writer, unit);
        else
            WriteImage(writer, unit);
        return writer.ToString();
    }

    private static void WriteTables(SourceWriter writer, LayoutUnit unit)
    {
        var fields = unit
            .Members.Where(static m => m.Encoding is not null)
            .Select(static m => (Encoding: new VmcsEncoding(m.Encoding!.Value), m.Offset, m.CleanMask))
            .ToArray();
        // As VMREAD and VMWRITE have it, the high half of a 64-bit field has an encoding too.
        var accesses = fields
            .Concat(
                fields
                    .Where(static f => f.Encoding.Is64Bit)
                    .Select(static f => (Encoding: f.Encoding.High, Offset: f.Offset + sizeof(uint), f.CleanMask))
            )
            .ToArray();
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        WriteTable(
            writer,
            "uint",
            "FieldPlaces",
            "VmcsLayouts.Absent",
            accesses.Select(static a => (a.Encoding, Place(a.Encoding, a.Offset)))
        );
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line(
            $"public static bool HasEarlyFields => {(accesses.Any(static a => IsEarly(a.Encoding, a.Offset)) ? "true" : "false")};"
        );
        writer.Line();
        WriteStoredFields(writer, fields.Select(static f => f.Encoding));
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line(
            $"public static int CleanFieldsOffset => {unit.Members.FirstOrDefault(m => m.Name == unit.CleanFields)?.Offset ?? -1};"
        );
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        if (unit.CleanFields is null)
        {
            writer.Line("public static ReadOnlySpan<uint> CleanMasks => default;");
        }
        else
        {
            WriteTable(
                writer,
                "uint",
                "CleanMasks",
                "0",
                accesses.Select(static a => (a.Encoding, a.CleanMask == 0 ? "__" : $"0x{a.CleanMask:X}"))
            );
        }
    }

    // Offset and width in one number, as IVmcsLayout has it.
    private static string Place(VmcsEncoding encoding, int offset)
    {
        var size = encoding.AccessSize;
        var before = 64 - 8 * size;
        return IsEarly(encoding, offset) ? $"0x{0xFFFF0000 | (uint)(offset << 8 | before):X}" : $"0x{(offset + size - 8) << 8 | before:X}";
    }

    private static bool IsEarly(VmcsEncoding encoding, int offset) => offset + encoding.AccessSize < 8;

    // An expression without branches: inlined with a constant field, it folds before the JIT has looked at what depends on it.
    private static void WriteStoredFields(SourceWriter writer, IEnumerable<VmcsEncoding> fields)
    {
        const int BitsPerWord = 32;
        const int Groups = 16; // Width and type together.
        var words = fields
            .GroupBy(static field => field.Group | (field.Index / BitsPerWord * Groups))
            .OrderBy(static word => word.Key)
            .Select(static word =>
                (Index: word.Key, Bits: word.Aggregate(0u, static (bits, field) => bits | (1u << (field.Index % BitsPerWord))))
            );
        writer.Line("/// <inheritdoc/>");
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        using (writer.Block("public static uint StoredFields(int word)"))
        {
            writer.Line("// (word ^ n) - 1 is negative for n alone, so that its sign, spread over all bits, selects.");
            writer.Line("uint bits = 0;");
            foreach (var (index, bits) in words)
                writer.Line($"bits |= 0x{bits:X8} & unchecked((uint)(((word ^ {index}) - 1) >> 31));");
            writer.Line("return bits;");
        }
    }

    private static void WriteMembers(SourceWriter writer, LayoutUnit unit)
    {
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line("public static ReadOnlySpan<VmcsLayoutMember> Members => Table.Members;");
        writer.Line();
        using (writer.Block("private static class Table"))
        using (writer.Block("internal static readonly VmcsLayoutMember[] Members =", "[", "];"))
        {
            foreach (var member in unit.Members)
            {
                var field =
                    member.Encoding is not { } encoding ? "null"
                    : member.IsBuiltIn ? $"VmcsField.{member.Name}"
                    : $"(VmcsField)0x{encoding:X4}";
                writer.Line(
                    $"new({Docs.Literal(member.Name)}, {Docs.LiteralOrNull(member.Doc.Native)}, {member.Offset}, {member.Size}, {field}{(member.CleanMask == 0 ? "" : $", 0x{member.CleanMask:X}")}),"
                );
            }
        }
    }

    // A row for each index and access type, a column for each width and type; rows end with the last that holds anything.
    private static void WriteTable(
        SourceWriter writer,
        string type,
        string name,
        string absent,
        IEnumerable<(VmcsEncoding Encoding, string Value)> values
    )
    {
        var rows = new List<string[]>();
        foreach (var (encoding, value) in values)
        {
            while (rows.Count <= encoding.Row)
                rows.Add([.. Enumerable.Repeat("__", Columns)]);
            rows[encoding.Row][encoding.Column] = value;
        }
        if (rows.Count == 0)
        {
            writer.Line($"public static ReadOnlySpan<{type}> {name} => default;");
            return;
        }
        using (writer.Block($"public static ReadOnlySpan<{type}> {name}"))
        using (writer.Block("get"))
        {
            writer.Line($"const {type} __ = {absent};");
            using (writer.Block("return", "[", "];"))
            {
                foreach (var row in rows)
                    writer.Line(string.Join(", ", row) + ",");
            }
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
            """
        );
    }

    private static void WriteImage(SourceWriter writer, LayoutUnit unit)
    {
        var name = unit.Name;
        var revision = unit.Revision is null ? "" : $"\n        MemoryMarshal.Write(image.Bytes, {name}.RevisionId);";
        writer.Lines(
            $$"""
            /// <summary>
            /// A VMCS in memory, laid out as <see cref="{{name}}"/>. Copies of an image share its memory.
            /// </summary>
            /// <param name="memory">The memory.</param>
            {{unit.Target.Access}} readonly struct {{name}}Image(VmcsMemory<{{name}}> memory) : IVmcsAccess
            {
                private readonly VmcsMemory<{{name}}> _memory = memory;

                /// <summary>The memory, as the struct that lies there.</summary>
                public ref {{name}} Page => ref _memory.Page;

                /// <summary>The memory, as bytes.</summary>
                public Span<byte> Bytes => _memory.Bytes;

                /// <summary>The typed properties of every VMCS field, over this memory.</summary>
                public Vmcs<{{name}}Image> Vmcs => new(this);

                /// <summary>New memory, owned by the garbage collector: zero, but for the revision identifier where the layout has one.</summary>
                public static {{name}}Image Create()
                {
                    var image = new {{name}}Image(VmcsMemory.Allocate<{{name}}>());{{revision}}
                    return image;
                }

                /// <summary>A copy of bytes found elsewhere; missing ones at the end are zero.</summary>
                /// <exception cref="ArgumentException">There are more than {{unit.Size}} bytes.</exception>
                public static {{name}}Image FromBytes(ReadOnlySpan<byte> bytes) => new(VmcsMemory.CopyOf<{{name}}>(bytes));

                /// <inheritdoc/>
                [MethodImpl(MethodImplOptions.AggressiveInlining)]
                public ulong Read(VmcsField field) => _memory.Read(field);

                /// <inheritdoc/>
                [MethodImpl(MethodImplOptions.AggressiveInlining)]
                public void Write(VmcsField field, ulong value) => _memory.Write(field, value);

                /// <inheritdoc/>
                public VmxResult TryRead(VmcsField field, out ulong value) => _memory.TryRead(field, out value);

                /// <inheritdoc/>
                public VmxResult TryWrite(VmcsField field, ulong value) => _memory.TryWrite(field, value);
            }
            """
        );
    }

    private static void WriteFreestandingImage(SourceWriter writer, LayoutUnit unit)
    {
        var name = unit.Name;
        writer.Lines(
            $$"""
            /// <summary>
            /// A VMCS in memory, laid out as <see cref="{{name}}"/>. Copies of an image share its memory.
            /// </summary>
            {{unit.Target.Access}} readonly unsafe struct {{name}}Image : IVmcsAccess
            {
                private readonly {{name}}* _page;

                /// <summary>Uses memory that is there already.</summary>
                /// <param name="page">{{unit.Size}} bytes, which must not move or go away while the image is in use.</param>
                public {{name}}Image({{name}}* page) => _page = page;

                /// <summary>The memory, as the struct that lies there.</summary>
                public ref {{name}} Page => ref *_page;

                /// <summary>The typed properties of every VMCS field, over this memory.</summary>
                public Vmcs<{{name}}Image> Vmcs => new(this);

                /// <inheritdoc/>
                [MethodImpl(MethodImplOptions.AggressiveInlining)]
                public ulong Read(VmcsField field) => VmcsLayouts.Read(in *_page, field);

                /// <inheritdoc/>
                [MethodImpl(MethodImplOptions.AggressiveInlining)]
                public void Write(VmcsField field, ulong value) => VmcsLayouts.Write(ref *_page, field, value);

                /// <inheritdoc/>
                public VmxResult TryRead(VmcsField field, out ulong value) => _page->TryRead(field, out value);

                /// <inheritdoc/>
                public VmxResult TryWrite(VmcsField field, ulong value) => _page->TryWrite(field, value);
            }
            """
        );
    }
}
