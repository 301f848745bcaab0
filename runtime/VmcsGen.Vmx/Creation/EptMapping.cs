using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>
/// A range of guest-physical addresses, the physical addresses that EPT translates them to, and what the guest may do there.
/// </summary>
/// <param name="GuestPhysicalAddress">Where the guest sees it, a multiple of 4096.</param>
/// <param name="PhysicalAddress">Where it is, a multiple of 4096.</param>
/// <param name="Length">Bytes, a multiple of 4096.</param>
/// <param name="IsWritable">Whether the guest may write there.</param>
/// <param name="IsExecutable">Whether the guest may fetch instructions there; with mode-based execute control, in supervisor mode.</param>
public readonly record struct EptMapping(
    ulong GuestPhysicalAddress,
    ulong PhysicalAddress,
    ulong Length,
    bool IsWritable = true,
    bool IsExecutable = true
)
{
    /// <summary>
    /// Whether the guest may fetch instructions there in user mode, with mode-based execute control; null for what
    /// <see cref="IsExecutable"/> says.
    /// </summary>
    public bool? IsUserExecutable { get; init; }

    /// <summary>
    /// Memory type, which the guest's PAT is combined with unless <see cref="IgnoresPat"/> is set. Write-back by default.
    /// </summary>
    public MemoryType MemoryType { get; init; } = MemoryType.WriteBack;

    /// <summary>Whether the guest's PAT has no say in the memory type.</summary>
    public bool IgnoresPat { get; init; }

    /// <summary>
    /// Whether EPT violations there cause VM exits even where "EPT-violation #VE" turns others into exceptions of the guest.
    /// </summary>
    public bool SuppressesVe { get; init; }

    /// <summary>
    /// The level of the largest pages to use. The page-modification log has one entry for each page, so that
    /// <see cref="EptLevel.PageTable"/> gives it one for each 4 KBytes. By default pages are as large as possible.
    /// </summary>
    public EptLevel LargestPage { get; init; } = EptLevel.PageDirectoryPointerTable;

    /// <summary>Maps addresses to themselves.</summary>
    /// <param name="address">The first address.</param>
    /// <param name="length">Bytes.</param>
    public static EptMapping Identity(ulong address, ulong length) => new(address, address, length);

    /// <summary>The entry that maps a page of the range.</summary>
    internal EptEntry Entry(EptLevel level, ulong physicalAddress) =>
        EptEntry.ForPage(level, physicalAddress, MemoryType) with
        {
            Write = IsWritable,
            Execute = IsExecutable,
            UserExecute = IsUserExecutable ?? IsExecutable,
            IgnorePat = IgnoresPat,
            SuppressVe = SuppressesVe,
        };
}
