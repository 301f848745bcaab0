namespace VmcsGen.Vmm;

/// <summary>A part of an image that belongs into memory.</summary>
/// <param name="Offset">Where it is in the file.</param>
/// <param name="FileSize">Bytes in the file.</param>
/// <param name="Address">Its guest physical address.</param>
/// <param name="MemorySize">Bytes in memory; those behind the file's are 0.</param>
public readonly record struct ImageSegment(ulong Offset, ulong FileSize, ulong Address, ulong MemorySize)
{
    /// <summary>The address behind it.</summary>
    public ulong End => Address + MemorySize;
}
