namespace VmcsGen.Vmx.Creation;

/// <summary>A segment register of a guest (SDM 3C 25.4.1).</summary>
/// <param name="Selector">The selector.</param>
/// <param name="Base">The base.</param>
/// <param name="Limit">The limit in bytes.</param>
/// <param name="AccessRights">The access rights.</param>
public readonly record struct VmxSegment(ushort Selector, ulong Base, uint Limit, SegmentAccessRights AccessRights)
{
    /// <summary>A register that is not used.</summary>
    public static VmxSegment Unusable { get; } = new(0, 0, 0xFFFF, new SegmentAccessRights { Unusable = true });

    /// <summary>A flat segment of 4 GBytes: present, accessed, code that can be read or data that can be written.</summary>
    /// <param name="selector">The selector.</param>
    /// <param name="isCode">Whether it is code.</param>
    /// <param name="is64Bit">Whether it is 64-bit code.</param>
    public static VmxSegment Flat(ushort selector, bool isCode = false, bool is64Bit = false) =>
        new(
            selector,
            0,
            0xFFFF_FFFF,
            new()
            {
                Type = isCode ? 0xBu : 3,
                CodeOrData = true,
                Present = true,
                LongMode = is64Bit,
                DefaultBig = !is64Bit,
                Granularity = true,
            }
        );

    /// <summary>A segment of 64 KBytes as real mode has it: the base is 16 times the selector.</summary>
    /// <param name="selector">The selector.</param>
    /// <param name="isCode">Whether it is for CS.</param>
    public static VmxSegment RealMode(ushort selector, bool isCode = false) =>
        new(
            selector,
            (ulong)selector << 4,
            0xFFFF,
            new()
            {
                Type = isCode ? 0xBu : 3,
                CodeOrData = true,
                Present = true,
            }
        );

    /// <summary>A task register that VM entry takes: a busy TSS.</summary>
    /// <param name="selector">The selector.</param>
    /// <param name="address">Where the TSS is.</param>
    public static VmxSegment TaskState(ushort selector = 0, ulong address = 0) =>
        new(selector, address, 0x67, new() { Type = 0xB, Present = true });
}
