namespace VmcsGen.Vmx;

/// <summary>What CPUID returns for one leaf and subleaf.</summary>
/// <param name="Eax">EAX.</param>
/// <param name="Ebx">EBX.</param>
/// <param name="Ecx">ECX.</param>
/// <param name="Edx">EDX.</param>
public readonly record struct CpuidValues(uint Eax, uint Ebx, uint Ecx, uint Edx);
