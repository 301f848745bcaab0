using System;

namespace VmcsGen.Vmx;

/// <summary>
/// Physical memory of a processor: where VMXON regions, VMCS regions, bitmaps, MSR areas and EPT tables lie, and what their
/// physical addresses mean.
/// </summary>
public interface IPhysicalMemory
{
    /// <summary>Whether there is memory at all of some addresses, so that they can be read and written.</summary>
    /// <param name="physicalAddress">The first address.</param>
    /// <param name="length">How many bytes.</param>
    bool Contains(ulong physicalAddress, int length);

    /// <summary>Copies bytes out of memory.</summary>
    /// <param name="physicalAddress">Where they begin.</param>
    /// <param name="destination">Receives them; its length says how many.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no memory at some of the addresses.</exception>
    void Read(ulong physicalAddress, Span<byte> destination);

    /// <summary>Copies bytes into memory.</summary>
    /// <param name="physicalAddress">Where they go.</param>
    /// <param name="source">The bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no memory at some of the addresses; nothing was written.</exception>
    void Write(ulong physicalAddress, ReadOnlySpan<byte> source);
}
