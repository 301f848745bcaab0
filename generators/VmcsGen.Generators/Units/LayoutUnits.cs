using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

/// <param name="CleanFields">The member with a bit for each group of fields that has not changed.</param>
internal sealed record LayoutUnit(
    EmitTarget Target,
    string Name,
    ItemDoc Doc,
    int Size,
    ulong? Revision,
    string? CleanFields,
    EquatableArray<LayoutMember> Members
) : EmitUnit(Target);

/// <param name="Encoding">The VMCS field that the member stores, if it stores one.</param>
/// <param name="IsBuiltIn">Whether that field is a member of <c>VmcsField</c> itself.</param>
/// <param name="CleanMask">The bits among the layout's clean fields that say that the member has not changed.</param>
internal sealed record LayoutMember(
    string Name,
    ItemDoc Doc,
    int Offset,
    int Size,
    string Type,
    ulong? Encoding,
    bool IsBuiltIn,
    uint CleanMask = 0
);
