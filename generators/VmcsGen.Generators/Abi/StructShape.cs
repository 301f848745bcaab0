using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Abi;

/// <summary>A C struct or union with its numbers computed.</summary>
internal sealed record StructShape(
    string CSharpName,
    string Native,
    ItemDoc Doc,
    int Size,
    int Align,
    bool IsExplicit,
    EquatableArray<MemberShape> Members,
    FlexibleShape? Flexible
);

/// <summary>
/// One member, at its offset from the start of the C# type that declares it: members of anonymous structs and unions
/// stand here as in C, members of named ones in <paramref name="Nested"/>.
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

/// <summary>A C bit-field: <paramref name="Width"/> bits from bit <paramref name="Low"/> of the storage unit at the member's offset.</summary>
internal sealed record BitSlice(int Low, int Width);

/// <summary>The flexible array at a struct's end, and the member that counts its elements, if one does.</summary>
internal sealed record FlexibleShape(
    string CSharpName,
    string Native,
    string CSharpElement,
    int ElementSize,
    int Offset,
    string? CountMember,
    string? CountType
);
