namespace VmcsGen.Vmm;

/// <summary>Where in guest memory the things lie that a loader leaves there: below 1 MiB, where no kernel is loaded.</summary>
internal static class BootLayout
{
    internal const ulong Gdt = 0x500;

    /// <summary>What the boot protocol tells: the zero page, the start info of PVH or the information of multiboot.</summary>
    internal const ulong Information = 0x7000;

    /// <summary>Lists that the information points to.</summary>
    internal const ulong Lists = 0x8000;

    /// <summary>Page tables that map the first 4 GiB one to one.</summary>
    internal const ulong PageTables = 0x9000;
    internal const ulong Mapped = 1UL << 32;

    internal const ulong StackTop = 0x1_FFF0;
    internal const ulong CommandLine = 0x2_0000;
    internal const uint LongestCommandLine = 0xFFFF;

    /// <summary>The last KiB of conventional memory, where the MP table is looked for. Usable memory ends here.</summary>
    internal const ulong ExtendedBiosData = 0x9_FC00;
    internal const ulong ExtendedBiosDataEnd = 0xA_0000;

    /// <summary>Where the ACPI root pointer is looked for.</summary>
    internal const ulong Acpi = 0xE_0000;
    internal const ulong AcpiEnd = 0x10_0000;
}
