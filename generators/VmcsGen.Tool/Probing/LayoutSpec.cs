using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Probing;

/// <summary>Writes a layout that was found as a spec.</summary>
internal static class LayoutSpec
{
    /// <summary>Writes it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="layout">The layout.</param>
    /// <param name="name">What it is to be called.</param>
    public static void Write(TextWriter writer, ProbedLayout layout, string name)
    {
        writer.Write($"# Found by vmcsgen layout on {layout.Processor}. Another processor model has another layout.\n");
        foreach (var one in layout.Fields.Where(static one => one.Transformation is not null))
            writer.Write(
                $"# {one.Field}: {one.Field.Size} bytes at offset {one.Offset}, {one.Transformation}. Layouts cannot say that: it is left out.\n"
            );
        WriteNames(
            writer,
            "Not found in the region",
            layout.Fields.Where(static one => one.Offset is null).Select(static one => one.Field)
        );
        WriteNames(writer, "Not looked for, because VMWRITE does not take them", layout.NotWritable);
        writer.Write("kind: layouts\n");
        writer.Write("layouts:\n");
        writer.Write($"  - name: {name}\n");
        writer.Write($"    doc: The VMCS region of {layout.Processor.Replace(':', ',')}.\n");
        writer.Write($"    size: {layout.Size}\n");
        writer.Write($"    revision: 0x{layout.Revision:X}\n");
        writer.Write("    fields:\n");
        foreach (var one in layout.Plain.OrderBy(static one => one.Offset))
            writer.Write($"      - {{ offset: {one.Offset}, field: {one.Field} }}\n");
    }

    private static void WriteNames(TextWriter writer, string what, IEnumerable<VmcsField> fields)
    {
        var names = string.Join(", ", fields);
        if (names.Length != 0)
            writer.Write($"# {what}: {names}.\n");
    }
}
