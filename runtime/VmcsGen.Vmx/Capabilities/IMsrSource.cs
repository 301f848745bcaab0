using System;

namespace VmcsGen.Vmx;

/// <summary>Something to read MSRs from: a processor, a virtual one, or values that were written down.</summary>
public interface IMsrSource
{
    /// <summary>Reads an MSR.</summary>
    /// <param name="index">The MSR's index, what RDMSR takes in ECX.</param>
    /// <param name="value">The value, or zero if there is none.</param>
    /// <returns>Whether there is such an MSR; false is where RDMSR raises #GP.</returns>
    bool TryReadMsr(uint index, out ulong value);

    /// <summary>Reads several MSRs, in order. Where a read is a round trip they are one together.</summary>
    /// <param name="indices">The MSRs' indices.</param>
    /// <param name="values">Receives as many values, zero where there is none.</param>
    /// <param name="exist">Receives whether there is each.</param>
    void TryReadMsrs(ReadOnlySpan<uint> indices, Span<ulong> values, Span<bool> exist)
    {
        for (var i = 0; i < indices.Length; i++)
            exist[i] = TryReadMsr(indices[i], out values[i]);
    }
}
