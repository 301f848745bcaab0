using System.Collections.Generic;

namespace VmcsGen.Tool.Headers;

/// <summary>A struct or union.</summary>
/// <param name="Tag">Its name; empty for one without.</param>
/// <param name="IsUnion">Whether it is a union.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Align">Its alignment.</param>
/// <param name="IsPacked">Whether it has the attribute <c>packed</c>.</param>
/// <param name="IsAligned">Whether it has the attribute <c>aligned</c>.</param>
/// <param name="Members">Its members.</param>
internal sealed record CRecord(
    string Tag,
    bool IsUnion,
    CPlace Place,
    int Size,
    int Align,
    bool IsPacked,
    bool IsAligned,
    IReadOnlyList<CMember> Members
)
{
    /// <summary><c>struct</c> or <c>union</c>.</summary>
    public string Keyword => IsUnion ? "union" : "struct";
}
