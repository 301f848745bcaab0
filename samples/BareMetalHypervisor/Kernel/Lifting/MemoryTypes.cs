using VmcsGen.Vmx;

namespace BareMetal.Lifting;

/// <summary>
/// The memory types that this processor's MTRRs say (SDM 3A 12.11). EPT entries have them in a guest, for which MTRRs have no effect.
/// </summary>
internal static class MemoryTypes
{
    private const ulong FixedEnd = 0x10_0000;
    private const ulong Enabled = 1 << 11;
    private const ulong FixedEnabled = 1 << 10;
    private const ulong HasFixed = 1 << 8;
    private const ulong Valid = 1 << 11;
    private const ulong AddressMask = ~0xFFFul;

    /// <summary>Whether a block has one memory type. Its size is a power of two, at whose multiple it begins.</summary>
    public static bool IsUniform(ulong start, ulong size)
    {
        if (size == Memory.PageSize || !IsEnabled)
            return true;
        if (UsesFixed && start < FixedEnd)
            return false;
        for (var i = 0u; i < Count; i++)
        {
            if (IsValid(i) && Range(i).Divides(start, size))
                return false;
        }
        return true;
    }

    /// <summary>The memory type of an address.</summary>
    public static MemoryType Of(ulong address)
    {
        if (!IsEnabled)
            return MemoryType.Uncacheable;
        if (UsesFixed && address < FixedEnd)
            return Fixed(address);
        var type = (MemoryType)(byte)Read(X86Msr.Ia32MtrrDefType);
        var isCovered = false;
        for (var i = 0u; i < Count; i++)
        {
            if (!IsValid(i) || !Range(i).Covers(address))
                continue;
            type = isCovered ? MtrrRange.Combine(type, Range(i).Type) : Range(i).Type;
            isCovered = true;
        }
        return type;
    }

    private static bool IsEnabled => (Read(X86Msr.Ia32MtrrDefType) & Enabled) != 0;

    private static bool UsesFixed => (Read(X86Msr.Ia32Mtrrcap) & HasFixed) != 0 && (Read(X86Msr.Ia32MtrrDefType) & FixedEnabled) != 0;

    private static uint Count => (byte)Read(X86Msr.Ia32Mtrrcap);

    private static bool IsValid(uint index) => (Read(X86Msr.Ia32MtrrPhysbase0, (2 * index) + 1) & Valid) != 0;

    private static MtrrRange Range(uint index)
    {
        var start = Read(X86Msr.Ia32MtrrPhysbase0, 2 * index);
        return new(start & AddressMask, Read(X86Msr.Ia32MtrrPhysbase0, (2 * index) + 1) & AddressMask, (MemoryType)(byte)start);
    }

    // Eight ranges of 64 KiB, 16 of 16 KiB from 512 KiB on, 64 of 4 KiB from 768 KiB on; eight in each MSR.
    private static MemoryType Fixed(ulong address) =>
        address < 0x8_0000 ? Fixed(X86Msr.Ia32MtrrFix64k00000, address >> 16)
        : address < 0xC_0000 ? Fixed(X86Msr.Ia32MtrrFix16k80000, (address - 0x8_0000) >> 14)
        : Fixed(X86Msr.Ia32MtrrFix4kC0000, (address - 0xC_0000) >> 12);

    private static MemoryType Fixed(X86Msr first, ulong index) => (MemoryType)(byte)(Read(first, (uint)index / 8) >> (int)(index % 8 * 8));

    private static ulong Read(X86Msr first, uint index = 0) => Cpu.ReadMsr((uint)first + index);
}
