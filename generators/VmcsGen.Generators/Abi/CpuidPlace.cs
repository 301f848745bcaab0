using VmcsGen.Generators.Model;

namespace VmcsGen.Generators.Abi;

/// <summary>
/// The place of a CPUID feature in one number: bits 4:0 the bit, 6:5 the register, 14:7 the subleaf, 22:15 the low byte of the leaf, 31:30
/// its range.
/// </summary>
internal static class CpuidPlace
{
    public static uint Encode(CpuidFeatureItem feature) =>
        ((uint)feature.Leaf.Value & 0xC000_0000)
        | ((uint)feature.Leaf.Value & 0xFF) << 15
        | (uint)feature.Subleaf << 7
        | (uint)feature.Register << 5
        | (uint)feature.Bit;

    public static (uint Leaf, uint Subleaf, CpuidRegister Register, int Bit) Decode(uint place) =>
        ((place & 0xC000_0000) | (place >> 15 & 0xFF), place >> 7 & 0xFF, (CpuidRegister)(place >> 5 & 3), (int)(place & 0x1F));
}
