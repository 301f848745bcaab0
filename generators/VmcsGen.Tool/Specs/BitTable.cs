using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Units;

namespace VmcsGen.Tool.Specs;

/// <summary>A bit-field as a table: place, name, native name and meaning of each part.</summary>
internal static class BitTable
{
    /// <summary>The rows; none if the type is no bit-field.</summary>
    /// <param name="specs">Where the type is.</param>
    /// <param name="type">Its name in C#.</param>
    public static IEnumerable<string[]> Rows(SpecSet specs, string? type) =>
        specs
            .Units.OfType<BitFieldUnit>()
            .Where(unit => unit.Name == type)
            .SelectMany(static unit => unit.Parts)
            .Select(static part =>
                new[]
                {
                    part.Width == 1 ? $"{part.Low}" : $"{part.High}:{part.Low}",
                    part.Name,
                    part.Doc.Native ?? part.Doc.Sdm ?? "",
                    part.Doc.Text ?? "",
                }
            );
}
