using System;

namespace VmcsGen.Vmx;

/// <summary>Advanced Performance Extensions, as CPUID announces them: APX_F, CPUID.(EAX=7,ECX=1):EDX[21].</summary>
internal static class ApxFeature
{
    internal static bool IsOn(Func<uint, uint, CpuidValues> cpuid) =>
        cpuid(0, 0).Eax >= 7 && cpuid(7, 0).Eax >= 1 && (cpuid(7, 1).Edx & 1u << 21) != 0;
}
