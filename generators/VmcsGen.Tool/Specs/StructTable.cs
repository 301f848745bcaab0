using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;

namespace VmcsGen.Tool.Specs;

/// <summary>A struct drawn as a table: offset, size, type, name and meaning of each member.</summary>
internal static class StructTable
{
    /// <summary>The rows, members of members below them.</summary>
    /// <param name="specs">Where the structs are that it has as members.</param>
    /// <param name="shape">The struct.</param>
    public static IEnumerable<string[]> Rows(SpecSet specs, StructShape shape)
    {
        var rows = new List<string[]>();
        Add(specs, shape, 0, "", rows);
        foreach (var array in shape.Flexible)
            rows.Add([
                $"0x{array.Offset:X3}",
                $"{array.ElementSize} each",
                CTypeNames.Of(specs, array.CSharpType),
                $"{array.Native}[]",
                "",
            ]);
        return rows;
    }

    private static void Add(SpecSet specs, StructShape shape, int start, string indent, List<string[]> rows)
    {
        foreach (var member in shape.Members)
        {
            var bounds = string.Concat(member.Bounds.Select(static bound => $"[{bound}]"));
            var bits = member.Bits is { } slice ? $" (bits {slice.Low} to {slice.Low + slice.Width - 1})" : "";
            var type = member.Nested is { } nested
                ? nested.IsUnion
                    ? "union"
                    : "struct"
                : CTypeNames.Of(specs, member.CSharpType);
            rows.Add([
                $"0x{start + member.Offset:X3}",
                $"{member.Size}",
                type,
                indent + member.Native + bounds + bits,
                member.Doc.Text ?? "",
            ]);
            if (member.Nested is { } inner)
                Add(specs, inner, start + member.Offset, indent + "  ", rows);
        }
    }
}
