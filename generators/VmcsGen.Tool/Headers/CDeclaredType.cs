using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Tool.Headers;

/// <summary>The type of a member.</summary>
/// <param name="Element">The type without bounds of arrays, as a spec writes it; empty for a struct or union without a tag.</param>
/// <param name="Bounds">Lengths of arrays, outermost first, without that of a flexible array.</param>
/// <param name="IsFlexible">Whether it is an array without a length, or with the length 0.</param>
/// <param name="HasLength">Whether a flexible array has the length 0, so that it may stand anywhere.</param>
internal sealed record CDeclaredType(string Element, IReadOnlyList<long> Bounds, bool IsFlexible, bool HasLength = false)
{
    /// <summary>The type as a spec writes it.</summary>
    public string Spelling =>
        Element
        + (
            !IsFlexible ? ""
            : HasLength ? "[0]"
            : "[]"
        )
        + string.Concat(Bounds.Select(static bound => $"[{bound}]"));
}
