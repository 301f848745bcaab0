using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A processor's memory with what a case changes there.</summary>
internal sealed class CaseMemory(IPhysicalMemory memory, IReadOnlyList<MemoryPatch> patches) : IPhysicalMemory
{
    public bool Contains(ulong physicalAddress, int length) => memory.Contains(physicalAddress, length);

    public void Read(ulong physicalAddress, Span<byte> destination)
    {
        memory.Read(physicalAddress, destination);
        foreach (var patch in patches)
        {
            for (var i = 0; i < patch.After.Length; i++)
            {
                var place = patch.Address + (uint)i - physicalAddress;
                if (place < (uint)destination.Length)
                    destination[(int)place] = patch.After[i];
            }
        }
    }

    public void Write(ulong physicalAddress, ReadOnlySpan<byte> source) => throw new NotSupportedException("A check writes no memory.");
}
