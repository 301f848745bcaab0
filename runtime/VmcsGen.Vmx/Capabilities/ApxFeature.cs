using System;

namespace VmcsGen.Vmx;

/// <summary>Advanced Performance Extensions, as CPUID announces them: APX_F, CPUID.(EAX=7,ECX=1):EDX[21].</summary>
internal static class ApxFeature
{
    internal static bool IsOn(ICpuidSource processor)
    {
        // All at once, for processors that are far away; the later leaves count if the earlier ones say that they exist.
        Span<CpuidValues> leaves = stackalloc CpuidValues[3];
        processor.Cpuid([(0, 0), (7, 0), (7, 1)], leaves);
        return IsOn(leaves[0], leaves[1], leaves[2]);
    }

    internal static bool IsOn(Func<uint, uint, CpuidValues> cpuid) => IsOn(cpuid(0, 0), cpuid(7, 0), cpuid(7, 1));

    private static bool IsOn(CpuidValues basic, CpuidValues features, CpuidValues moreFeatures) =>
        basic.Eax >= 7 && features.Eax >= 1 && (moreFeatures.Edx & 1u << 21) != 0;
}
