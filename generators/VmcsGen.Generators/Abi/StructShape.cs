using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Abi;

/// <summary>A C struct or union with its numbers computed.</summary>
/// <param name="CSharpName">Its name in C#.</param>
/// <param name="Native">Its name in C.</param>
/// <param name="Doc">What is said about it.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Align">Its alignment in C.</param>
/// <param name="NaturalAlign">The alignment that .NET gives it unless told to give less; it cannot give more.</param>
/// <param name="IsUnion">Whether it is a union.</param>
/// <param name="IsExplicit">Whether .NET must be told where each member lies.</param>
/// <param name="Members">Its members.</param>
/// <param name="Flexible">The flexible arrays at its end: several where a union ends it.</param>
internal sealed record StructShape(
    string CSharpName,
    string Native,
    ItemDoc Doc,
    int Size,
    int Align,
    int NaturalAlign,
    bool IsUnion,
    bool IsExplicit,
    EquatableArray<MemberShape> Members,
    EquatableArray<FlexibleShape> Flexible
);

/// <summary>
/// One member, at its offset from the start of the C# type that declares it: members of anonymous structs and unions
/// stand here as in C, members of named ones in <paramref name="Nested"/>. A C bit-field's offset and size are those of the bytes in
/// which it is accessed.
/// </summary>
internal sealed record MemberShape(
    string CSharpName,
    string Native,
    ItemDoc Doc,
    string CSharpType,
    int Offset,
    int Size,
    EquatableArray<int> Bounds,
    StructShape? Nested,
    BitSlice? Bits,
    bool IsPadding
);

/// <summary>
/// A C bit-field: <paramref name="Width"/> bits from bit <paramref name="Low"/> of the bytes at the member's offset.
/// </summary>
/// <param name="Low">The lowest bit.</param>
/// <param name="Width">How many bits it has.</param>
/// <param name="IsSigned">Whether the highest of them is a sign.</param>
internal sealed record BitSlice(int Low, int Width, bool IsSigned);

/// <summary>A flexible array, and the member that counts its elements, if one does.</summary>
/// <param name="CSharpName">Its name in C#, which nothing has but the types of its rows.</param>
/// <param name="Native">Its name in C.</param>
/// <param name="CSharpElement">The C# type of its elements, as code anywhere names it.</param>
/// <param name="CSharpType">What a row consists of in the end; the same where elements are no arrays themselves.</param>
/// <param name="Rows">The lengths of elements that are arrays, where the types for them are to be declared.</param>
/// <param name="ElementSize">Bytes of an element.</param>
/// <param name="Offset">Where the first element begins.</param>
/// <param name="Count">What counts the elements; null if nothing does.</param>
internal sealed record FlexibleShape(
    string CSharpName,
    string Native,
    string CSharpElement,
    string CSharpType,
    EquatableArray<int> Rows,
    int ElementSize,
    int Offset,
    FlexibleCount? Count
);

/// <summary>The member that counts a flexible array.</summary>
/// <param name="Member">How C# reaches it.</param>
/// <param name="CSharpType">Its type: an integer, an enum, or an integer of another order of bytes.</param>
/// <param name="Integer">The integer that its value is converted from.</param>
/// <param name="Unit">What it counts.</param>
internal sealed record FlexibleCount(string Member, string CSharpType, string Integer, CountUnit Unit);
