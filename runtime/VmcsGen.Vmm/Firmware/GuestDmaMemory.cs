using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>A guest's memory for a device.</summary>
internal sealed class GuestDmaMemory(GuestPhysicalMemory memory) : IDmaMemory
{
    public bool TryRead(ulong address, Span<byte> destination)
    {
        try
        {
            memory.Read(address, destination);
            return true;
        }
        catch (GuestMemoryException)
        {
            return false;
        }
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        try
        {
            memory.Write(address, source);
            return true;
        }
        catch (GuestMemoryException)
        {
            return false;
        }
    }
}
