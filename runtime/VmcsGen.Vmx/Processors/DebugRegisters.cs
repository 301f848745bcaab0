using System;

namespace VmcsGen.Vmx;

/// <summary>Numbers and fixed bits of debug registers (SDM 3B 19.2).</summary>
internal static class DebugRegisters
{
    /// <summary>Bits of DR6 that are 1: all of 31:0 but B3:B0, the reserved bit 12, BD, BS, BT.</summary>
    internal const ulong Dr6Fixed = 0xFFFF_0FF0;

    /// <summary>Bits of DR6 that software sets and clears: B3:B0, BD, BS, BT.</summary>
    internal const ulong Dr6Writable = 0xE00F;

    /// <summary>Bits of DR7 that software sets and clears: all but 10, 11, 12, 14 and 15.</summary>
    internal const ulong Dr7Writable = 0xFFFF_23FF;

    /// <summary>Bit 10, which is 1: DR7 after reset and after a VM exit.</summary>
    internal const ulong Dr7Fixed = 0x400;

    internal static byte Check(int number) =>
        number is >= 0 and <= 3 or 6 or 7
            ? (byte)number
            : throw new ArgumentOutOfRangeException(nameof(number), number, "The debug registers are DR0 to DR3, DR6 and DR7.");
}
