using System;

namespace VmcsGen.Vmx.Structures;

/// <summary>EPT entries at each level: made, told apart and checked (SDM 3C 29.3.2 and 29.3.3.1).</summary>
public static class EptEntries
{
    private const ulong TypeAndIgnorePat = 0x78;
    private const ulong PageSize = 0x80;
    private const ulong AddressBits = 0xF_FFFF_FFFF_F000;

    /// <param name="entry">The entry.</param>
    extension(EptEntry entry)
    {
        /// <summary>An entry that refers to the table of the next level, and allows all accesses.</summary>
        /// <param name="address">Physical address of the table, a multiple of 4096.</param>
        /// <exception cref="ArgumentOutOfRangeException">No table can start at the address.</exception>
        public static EptEntry ForTable(ulong address) =>
            new()
            {
                PhysicalAddress = VmxPage.CheckAddress(address, VmxPage.Size, "an EPT table"),
                Read = true,
                Write = true,
                Execute = true,
                UserExecute = true,
            };

        /// <summary>An entry that maps a page, and allows all accesses. Restrict it by <c>with { Write = false }</c>.</summary>
        /// <param name="level">The level of the table that the entry is for, which says how large the page is.</param>
        /// <param name="address">Physical address of the page, a multiple of the page's size.</param>
        /// <param name="memoryType">Memory type of the page.</param>
        /// <exception cref="ArgumentOutOfRangeException">
        /// Entries of this level map no pages, or no page of the size can start at the address.
        /// </exception>
        public static EptEntry ForPage(EptLevel level, ulong address, MemoryType memoryType = MemoryType.WriteBack)
        {
            if (!level.CanMapPages)
                throw new ArgumentOutOfRangeException(nameof(level), $"Entries of level {level} map no pages; they refer to tables.");
            return new()
            {
                PhysicalAddress = VmxPage.CheckAddress(address, level.BytesPerEntry, "a page that such an EPT entry maps"),
                MemoryType = memoryType,
                LargePage = level != EptLevel.PageTable,
                Read = true,
                Write = true,
                Execute = true,
                UserExecute = true,
            };
        }

        /// <summary>Whether the entry is used at all: it allows some access.</summary>
        /// <param name="modeBasedExecute">Whether mode-based execute control is on, so that user-mode execution counts by itself.</param>
        public bool IsPresent(bool modeBasedExecute = false) =>
            entry.Read || entry.Write || entry.Execute || (modeBasedExecute && entry.UserExecute);

        /// <summary>Whether the entry, if present, maps a page rather than refers to a table.</summary>
        /// <param name="level">The level of the table that has the entry.</param>
        public bool MapsPage(EptLevel level) => level == EptLevel.PageTable || (level.CanMapPages && entry.LargePage);

        /// <summary>What the processor finds wrong with the entry. An entry that is not present is never misconfigured.</summary>
        /// <param name="level">The level of the table that has the entry.</param>
        /// <param name="capabilities">What EPT of the processor supports.</param>
        /// <param name="physicalAddressWidth">The processor's physical-address width, as CPUID 80000008H reports it.</param>
        /// <param name="modeBasedExecute">Whether mode-based execute control is on.</param>
        public EptMisconfiguration FindMisconfiguration(
            EptLevel level,
            EptVpidCapabilities capabilities,
            int physicalAddressWidth,
            bool modeBasedExecute = false
        )
        {
            if (!entry.IsPresent(modeBasedExecute))
                return EptMisconfiguration.None;
            if (entry.Write && !entry.Read)
                return EptMisconfiguration.WriteWithoutRead;
            if (!entry.Read && !capabilities.ExecuteOnly)
                return EptMisconfiguration.ExecuteOnly;
            if ((entry.Value & ReservedBits(entry, level, capabilities, physicalAddressWidth)) != 0)
                return EptMisconfiguration.ReservedBits;
            return entry.MapsPage(level) && (int)entry.MemoryType is 2 or 3 or 7
                ? EptMisconfiguration.MemoryType
                : EptMisconfiguration.None;
        }
    }

    private static ulong ReservedBits(EptEntry entry, EptLevel level, EptVpidCapabilities capabilities, int physicalAddressWidth)
    {
        var beyondWidth = AddressBits & (ulong.MaxValue << physicalAddressWidth);
        var largePages = level switch
        {
            EptLevel.PageDirectory => capabilities.Pages2M,
            EptLevel.PageDirectoryPointerTable => capabilities.Pages1G,
            _ => false,
        };
        if (entry.MapsPage(level) && (level == EptLevel.PageTable || largePages))
            return beyondWidth | (AddressBits & (level.BytesPerEntry - 1));
        return beyondWidth | TypeAndIgnorePat | PageSize;
    }
}
