namespace VmcsGen.Vmm;

/// <summary>Where in guest memory the things lie that a loader leaves there: below 1 MiB, where hardly a kernel is loaded.</summary>
internal static class BootLayout
{
    internal const ulong Gdt = 0x500;

    /// <summary>What the boot protocol tells: the zero page, the start info of PVH or the information of multiboot.</summary>
    internal const ulong Information = 0x7000;

    /// <summary>Lists that the information of PVH and multiboot points to, behind it.</summary>
    internal const ulong Lists = 0x7100;

    /// <summary>Most ranges of a memory map: as many as the zero page takes, and the lists.</summary>
    internal const int MostRanges = 128;

    private const ulong InformationEnd = 0x8000;

    /// <summary>Page tables that map the first 4 GiB one to one.</summary>
    internal const ulong PageTables = 0x9000;
    internal const ulong Mapped = 1UL << 32;

    internal const ulong StackTop = 0x1_FFF0;
    internal const ulong CommandLine = 0x2_0000;
    internal const uint LongestCommandLine = 0xFFFF;
    private const ulong CommandLineEnd = CommandLine + LongestCommandLine + 1;

    /// <summary>The last KiB of conventional memory, where the MP table is looked for. Usable memory ends here.</summary>
    internal const ulong ExtendedBiosData = 0x9_FC00;
    internal const ulong ExtendedBiosDataEnd = 0xA_0000;

    /// <summary>Where the ACPI root pointer is looked for.</summary>
    internal const ulong Acpi = 0xE_0000;
    internal const ulong AcpiEnd = 0x10_0000;

    /// <summary>Handlers of real mode's interrupts, at the end of the same place.</summary>
    internal const ulong Handlers = 0xF_F000;

    /// <summary>
    /// Whether a program leaves alone what its loader tells it. One that is started by PVH or multiboot needs no page tables: below 1 MiB
    /// it has 0x8000 to 0x1FFFF and 0x30000 to 0x9FBFF.
    /// </summary>
    internal static bool HasRoomFor(ImageSegment segment, BootProtocol protocol)
    {
        if (segment.Address >= AcpiEnd)
            return true;
        return protocol != BootProtocol.Linux64
            && (IsWithin(segment, InformationEnd, CommandLine) || IsWithin(segment, CommandLineEnd, ExtendedBiosData));
    }

    private static bool IsWithin(ImageSegment segment, ulong start, ulong end) => segment.Address >= start && segment.End <= end;
}
