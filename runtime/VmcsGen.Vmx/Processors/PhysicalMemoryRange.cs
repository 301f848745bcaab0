namespace VmcsGen.Vmx;

/// <summary>A range of physical memory.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct PhysicalMemoryRange(ulong Start, ulong Length)
{
    /// <summary>The address after the last one.</summary>
    public ulong End => Start + Length;

    /// <summary>Whether bytes lie entirely within.</summary>
    /// <param name="address">Address of the first.</param>
    /// <param name="length">How many.</param>
    public bool Contains(ulong address, ulong length) => address >= Start && address <= End && length <= End - address;
}
