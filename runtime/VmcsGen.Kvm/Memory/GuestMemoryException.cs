using System;

namespace VmcsGen.Kvm;

/// <summary>
/// Guest physical memory was accessed where no memory slot is. As the address usually comes from the guest, a VMM catches
/// this where it serves the guest and answers as the hardware would.
/// </summary>
public sealed class GuestMemoryException : KvmException
{
    internal GuestMemoryException(ulong guestPhysicalAddress, int length, ulong holeAddress)
        : base(
            "access to guest memory",
            Errno.EFAULT,
            remedy: null,
            $"Access to guest physical address 0x{guestPhysicalAddress:X}, length {length}: no memory slot backs 0x{holeAddress:X}."
        )
    {
        GuestPhysicalAddress = guestPhysicalAddress;
        Length = length;
        HoleAddress = holeAddress;
    }

    /// <summary>Where the access begins.</summary>
    public ulong GuestPhysicalAddress { get; }

    /// <summary>Length of the access in bytes.</summary>
    public int Length { get; }

    /// <summary>The first guest physical address of the access that no slot backs.</summary>
    public ulong HoleAddress { get; }
}
