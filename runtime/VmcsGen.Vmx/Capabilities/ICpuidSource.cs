namespace VmcsGen.Vmx;

/// <summary>Something that answers CPUID.</summary>
public interface ICpuidSource
{
    /// <summary>CPUID.</summary>
    /// <param name="leaf">EAX.</param>
    /// <param name="subleaf">ECX.</param>
    CpuidValues Cpuid(uint leaf, uint subleaf = 0);
}
