namespace VmcsGen.Vmx.Entry;

/// <summary>Bits of architectural registers that rules of VM entry name.</summary>
internal static class RegisterBits
{
    internal const ulong Cr0Pe = 1UL << 0;
    internal const ulong Cr0Wp = 1UL << 16;
    internal const ulong Cr0Nw = 1UL << 29;
    internal const ulong Cr0Cd = 1UL << 30;
    internal const ulong Cr0Pg = 1UL << 31;

    internal const ulong Cr3LinearAddressMasking = 3UL << 61;

    internal const ulong Cr4Pae = 1UL << 5;
    internal const ulong Cr4Pcide = 1UL << 17;
    internal const ulong Cr4Cet = 1UL << 23;
    internal const ulong Cr4Fred = 1UL << 32;

    internal const ulong EferLme = 1UL << 8;
    internal const ulong EferLma = 1UL << 10;

    internal const ulong RflagsFixed = 1UL << 1;
    internal const ulong RflagsTf = 1UL << 8;
    internal const ulong RflagsIf = 1UL << 9;
    internal const ulong RflagsIopl = 3UL << 12;
    internal const ulong RflagsVm = 1UL << 17;

    internal const ulong Dr6SingleStep = 1UL << 14;
    internal const ulong Dr7LocalEnable0 = 1UL << 0;
    internal const ulong Dr7Fixed = 1UL << 10;

    internal const ulong DebugctlBtf = 1UL << 1;

    internal const ulong CetSuppress = 1UL << 10;
    internal const ulong CetTracker = 1UL << 11;

    internal const uint AccessRightsReserved = 0xFFFE_0F00;

    /// <summary>Bits as the SDM writes them: <c>bit 5</c>, <c>bits 63:52, 11:8</c>.</summary>
    internal static string Name(ulong mask)
    {
        var ranges = "";
        for (var high = 63; high >= 0; high--)
        {
            if ((mask >> high & 1) == 0)
                continue;
            var low = high;
            while (low > 0 && (mask >> (low - 1) & 1) != 0)
                low--;
            ranges += (ranges.Length == 0 ? "" : ", ") + (low == high ? $"{high}" : $"{high}:{low}");
            high = low;
        }
        return (ulong.IsPow2(mask) ? "bit " : "bits ") + ranges;
    }
}
