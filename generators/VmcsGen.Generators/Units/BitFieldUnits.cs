using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

internal sealed record BitFieldUnit(
    EmitTarget Target,
    string Name,
    ItemDoc Doc,
    int Size,
    string? Capability,
    string? TrueCapability,
    EquatableArray<BitPart> Parts
) : EmitUnit(Target);

/// <summary>Bits that a spec adds to a bit-field which exists elsewhere.</summary>
internal sealed record BitFieldExtensionUnit(EmitTarget Target, string ClassName, string BitField, int Size, EquatableArray<BitPart> Parts)
    : EmitUnit(Target);

internal sealed record BitPart(string Name, ItemDoc Doc, int Low, int High, string? EnumType, bool InPlace)
{
    public int Width => High - Low + 1;
}
