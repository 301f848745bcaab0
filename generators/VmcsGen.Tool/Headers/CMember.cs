using System.Collections.Generic;

namespace VmcsGen.Tool.Headers;

/// <summary>A member of a struct or union.</summary>
/// <param name="Name">Its name; empty for a struct or union whose members stand in the parent, and for bits between others.</param>
/// <param name="Offset">The bit at which it begins, from the beginning of the struct that it is declared in.</param>
/// <param name="Size">Its bytes; of a flexible array those of an element.</param>
/// <param name="Bits">The width of a bit-field.</param>
/// <param name="Type">Its type, without what <paramref name="Nested"/> says.</param>
/// <param name="Nested">The struct or union without a tag that is its type, or its element's.</param>
/// <param name="IsPacked">Whether it has the attribute <c>packed</c>.</param>
/// <param name="IsAligned">Whether it has the attribute <c>aligned</c>.</param>
internal sealed record CMember(
    string Name,
    int Offset,
    int Size,
    int? Bits,
    CDeclaredType Type,
    CRecord? Nested,
    bool IsPacked,
    bool IsAligned
)
{
    /// <summary>What the attribute <c>aligned</c> says; 0 without it.</summary>
    public int Align { get; set; }

    /// <summary>Whether it has a struct or union whose members are used as if they were the parent's.</summary>
    public bool IsAnonymous => Name.Length == 0 && Nested is not null;
}
