namespace VmcsGen.Vmx.Structures;

/// <summary>What a level of EPT paging structures says about its entries.</summary>
public static class EptLevelExtensions
{
    /// <param name="level">The level.</param>
    extension(EptLevel level)
    {
        /// <summary>Bytes of guest-physical addresses that one entry translates: 4 KBytes, 2 MBytes, 1 GByte and so on.</summary>
        public ulong BytesPerEntry => 1UL << level.Shift;

        /// <summary>Whether entries can map pages: of 4 KBytes, 2 MBytes and 1 GByte.</summary>
        public bool CanMapPages => level is EptLevel.PageTable or EptLevel.PageDirectory or EptLevel.PageDirectoryPointerTable;

        /// <summary>The index of the entry that translates an address: 9 bits of the address.</summary>
        /// <param name="guestPhysicalAddress">A guest-physical address.</param>
        public int IndexOf(ulong guestPhysicalAddress) => (int)((guestPhysicalAddress >> level.Shift) & 0x1FF);

        private int Shift => 12 + (9 * ((int)level - 1));
    }
}
