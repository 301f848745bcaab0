namespace VmcsGen.Vmx.Creation;

/// <summary>A range of guest-physical addresses and the physical addresses that EPT translates them to.</summary>
/// <param name="GuestPhysicalAddress">Where the guest sees it, a multiple of 4096.</param>
/// <param name="PhysicalAddress">Where it is, a multiple of 4096.</param>
/// <param name="Length">Bytes, a multiple of 4096.</param>
/// <param name="IsWritable">Whether the guest may write there.</param>
/// <param name="IsExecutable">Whether the guest may fetch instructions there.</param>
public readonly record struct EptMapping(
    ulong GuestPhysicalAddress,
    ulong PhysicalAddress,
    ulong Length,
    bool IsWritable = true,
    bool IsExecutable = true
)
{
    /// <summary>Maps addresses to themselves.</summary>
    /// <param name="address">The first address.</param>
    /// <param name="length">Bytes.</param>
    public static EptMapping Identity(ulong address, ulong length) => new(address, address, length);
}
