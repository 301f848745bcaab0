namespace VmcsGen.Vmx;

/// <summary>Physical memory of one memory type.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="MemoryType">The memory type.</param>
public readonly record struct MemoryTypeRange(ulong Start, ulong Length, MemoryType MemoryType)
{
    /// <summary>As <c>0xA0000 to 0xBFFFF: Uncacheable</c>.</summary>
    public override string ToString() => $"0x{Start:X} to 0x{Start + Length - 1:X}: {MemoryType}";
}
