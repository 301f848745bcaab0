using System;

namespace VmcsGen.Vmx.Structures;

/// <summary>EPT pointers: made for a guest, and asked for their page-walk length (SDM 3C 25.6.11).</summary>
public static class EptPointerExtensions
{
    /// <param name="pointer">The EPT pointer.</param>
    extension(EptPointer pointer)
    {
        /// <summary>
        /// An EPT pointer for a guest: with as many levels as it needs, write-back paging structures and accessed and dirty flags where
        /// the processor supports them.
        /// </summary>
        /// <param name="rootTableAddress">Physical address of the PML4 or PML5 table, a multiple of 4096.</param>
        /// <param name="capabilities">What the processor supports.</param>
        /// <param name="guestPhysicalAddressWidth">Physical-address width that the guest sees in CPUID 80000008H.</param>
        /// <exception cref="ArgumentOutOfRangeException">No table can start at the address.</exception>
        /// <exception cref="NotSupportedException">The processor has no EPT.</exception>
        public static EptPointer ForGuest(ulong rootTableAddress, VmxCapabilities capabilities, int guestPhysicalAddressWidth)
        {
            ArgumentNullException.ThrowIfNull(capabilities);
            return new()
            {
                RootTableAddress = VmxPage.CheckAddress(rootTableAddress, VmxPage.Size, "the EPT root table"),
                PageWalkLengthMinus1 = (uint)capabilities.EptPageWalkLength(guestPhysicalAddressWidth) - 1,
                MemoryType = capabilities.EptVpid.MemoryTypeWriteBack ? MemoryType.WriteBack : MemoryType.Uncacheable,
                EnableAccessedAndDirtyFlags = capabilities.EptVpid.AccessedAndDirtyFlags,
            };
        }

        /// <summary>Levels of the page walk: 4 or 5 in an EPT pointer that VM entry accepts.</summary>
        public int PageWalkLength => (int)pointer.PageWalkLengthMinus1 + 1;

        /// <summary>The level of the root table.</summary>
        public EptLevel RootLevel => (EptLevel)pointer.PageWalkLength;
    }
}
