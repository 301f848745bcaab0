using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Model;

/// <summary>A feature that CPUID tells of by one bit.</summary>
internal sealed record CpuidFeatureItem(Spot<string> Name, ItemDoc Doc, Spot<ulong> Leaf, int Subleaf, CpuidRegister Register, int Bit)
    : SpecItem(Name, Doc);

internal enum CpuidRegister
{
    Eax,
    Ebx,
    Ecx,
    Edx,
}
