namespace VmcsGen.Vmx;

/// <summary>Something to read MSRs from: a processor, a virtual one, or values that were written down.</summary>
public interface IMsrSource
{
    /// <summary>Reads an MSR.</summary>
    /// <param name="index">The MSR's index, what RDMSR takes in ECX.</param>
    /// <param name="value">The value, or zero if there is none.</param>
    /// <returns>Whether there is such an MSR; false is where RDMSR raises #GP.</returns>
    bool TryRead(uint index, out ulong value);
}
