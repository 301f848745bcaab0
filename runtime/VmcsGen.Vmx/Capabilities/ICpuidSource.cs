using System;

namespace VmcsGen.Vmx;

/// <summary>Something that answers CPUID.</summary>
public interface ICpuidSource
{
    /// <summary>CPUID.</summary>
    /// <param name="leaf">EAX.</param>
    /// <param name="subleaf">ECX.</param>
    CpuidValues Cpuid(uint leaf, uint subleaf = 0);

    /// <summary>CPUID of several leaves. Where an instruction is a round trip they are one together.</summary>
    /// <param name="leaves">EAX and ECX of each.</param>
    /// <param name="values">Receives as many values.</param>
    void Cpuid(ReadOnlySpan<(uint Leaf, uint Subleaf)> leaves, Span<CpuidValues> values)
    {
        for (var i = 0; i < leaves.Length; i++)
            values[i] = Cpuid(leaves[i].Leaf, leaves[i].Subleaf);
    }
}
