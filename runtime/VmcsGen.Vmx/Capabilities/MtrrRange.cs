namespace VmcsGen.Vmx;

/// <summary>A variable range of the MTRRs: the addresses whose bits below the mask are those of the base (SDM 3A 12.11.2.3).</summary>
internal readonly struct MtrrRange
{
    private readonly ulong _base;
    private readonly ulong _mask;

    internal MtrrRange(ulong start, ulong mask, MemoryType type)
    {
        _base = start;
        _mask = mask;
        Type = type;
    }

    internal MemoryType Type { get; }

    internal bool Covers(ulong address) => (address & _mask) == (_base & _mask);

    /// <summary>
    /// Whether a block is neither covered nor missed as a whole. Its size is a power of two, at whose multiple it begins.
    /// </summary>
    internal bool Divides(ulong start, ulong size)
    {
        // The mask looks at bits within the block, and those above do not rule the block out. A mask may have gaps.
        var within = size - 1;
        return (_mask & within) != 0 && ((start ^ _base) & _mask & ~within) == 0;
    }

    /// <summary>
    /// The memory type where two ranges overlap (SDM 3A 12.11.4.1). Of overlaps that it calls undefined, uncacheable is the answer that is
    /// always safe.
    /// </summary>
    internal static MemoryType Combine(MemoryType first, MemoryType second)
    {
        if (first == second)
            return second;
        return first is (MemoryType.WriteThrough or MemoryType.WriteBack) && second is MemoryType.WriteThrough or MemoryType.WriteBack
            ? MemoryType.WriteThrough
            : MemoryType.Uncacheable;
    }
}
