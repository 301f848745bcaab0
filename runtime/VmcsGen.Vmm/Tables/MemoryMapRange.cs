namespace VmcsGen.Vmm;

/// <summary>A range of a memory map.</summary>
/// <param name="Address">The first guest physical address.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Kind">What is there.</param>
public readonly record struct MemoryMapRange(ulong Address, ulong Size, MemoryKind Kind)
{
    /// <summary>The address behind it.</summary>
    public ulong End => Address + Size;
}
