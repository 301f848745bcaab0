using System;

namespace VmcsGen.Kvm;

/// <summary>
/// A message-signalled interrupt as a device sends it: a write of <paramref name="Data"/> to <paramref name="Address"/>. Made of
/// what the guest wrote to a device's MSI registers, or by <see cref="Create"/>. Source: SDM 3A 12.11.
/// </summary>
/// <param name="Address">
/// The address; in its bits 31:20 is 0xFEE. Bits 63:32 are KVM's address_hi and count only where the VM has 32-bit APIC ids.
/// </param>
/// <param name="Data">The data.</param>
public readonly record struct MsiMessage(ulong Address, uint Data)
{
    private const ulong Base = 0xFEE0_0000;
    private const ulong BaseMask = 0xFFF0_0000;
    private const int DestinationShift = 12;
    private const ulong RedirectionHint = 1 << 3;
    private const ulong LogicalDestination = 1 << 2;
    private const ulong HighDestination = 0xFFFF_FF00;
    private const int DeliveryModeShift = 8;
    private const uint Assert = 1 << 14;
    private const uint LevelTriggered = 1 << 15;

    /// <summary>Whether the address is one that local APICs listen to.</summary>
    public bool IsInterrupt => (Address & BaseMask) == Base;

    /// <summary>The destination, with the bits 31:8 that only a VM with 32-bit APIC ids heeds.</summary>
    public ApicDestination Destination
    {
        get
        {
            uint id = (byte)(Address >> DestinationShift) | (uint)((Address >> 32) & HighDestination);
            return (Address & LogicalDestination) != 0 ? ApicDestination.Logical(id) : ApicDestination.Physical(id);
        }
    }

    /// <summary>The vector.</summary>
    public byte Vector => (byte)Data;

    /// <summary>What it does at the destination; a reserved value if the guest wrote one.</summary>
    public ApicDeliveryMode DeliveryMode => (ApicDeliveryMode)((Data >> DeliveryModeShift) & 7);

    /// <summary>Whether the local APIC tells the end of the interrupt to the I/O APICs.</summary>
    public bool IsLevelTriggered => (Data & LevelTriggered) != 0;

    /// <summary>Composes a message.</summary>
    /// <param name="destination">Whom it goes to: <see cref="ApicDestination.Physical"/> or <see cref="ApicDestination.Logical"/>.</param>
    /// <param name="vector">The vector, 0x10 to 0xFE; 0 for Smi, Nmi, Init and ExtInt.</param>
    /// <param name="deliveryMode">What it does.</param>
    /// <param name="isLevelTriggered">Whether it is level-triggered; Fixed and LowestPriority only.</param>
    /// <param name="x2Apic">
    /// Whether the destination has 32 bits, for VMs that enabled KVM_CAP_X2APIC_API with KVM_X2APIC_API_USE_32BIT_IDS; 0xFFFFFFFF
    /// is for all then. Source: Documentation/virt/kvm/api.rst 7.6 and 4.71.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A message cannot have the destination, the vector or the mode.</exception>
    /// <exception cref="ArgumentException">A mode that has no trigger mode is to be level-triggered.</exception>
    public static MsiMessage Create(
        ApicDestination destination,
        byte vector,
        ApicDeliveryMode deliveryMode = ApicDeliveryMode.Fixed,
        bool isLevelTriggered = false,
        bool x2Apic = false
    )
    {
        if (destination.Id > byte.MaxValue && !x2Apic)
        {
            throw new ArgumentOutOfRangeException(
                nameof(destination),
                destination,
                "An xAPIC destination has 8 bits. For larger APIC ids enable KVM_CAP_X2APIC_API with KVM_X2APIC_API_USE_32BIT_IDS "
                    + "on the VM and compose the message with x2Apic: true."
            );
        }
        bool hasVector = deliveryMode is ApicDeliveryMode.Fixed or ApicDeliveryMode.LowestPriority;
        if (!Enum.IsDefined(deliveryMode))
            throw new ArgumentOutOfRangeException(nameof(deliveryMode), deliveryMode, "The delivery mode is reserved.");
        if (hasVector ? vector is < 0x10 or > 0xFE : vector != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(vector),
                vector,
                hasVector ? "The vector of a message is 0x10 to 0xFE." : $"A message of delivery mode {deliveryMode} has no vector: give 0."
            );
        }
        if (isLevelTriggered && !hasVector)
            throw new ArgumentException($"A message of delivery mode {deliveryMode} is edge-triggered.", nameof(isLevelTriggered));

        ulong address = Base | (ulong)(byte)destination.Id << DestinationShift | (destination.Id & HighDestination) << 32;
        if (destination.Mode == ApicDestinationMode.Logical)
            address |= LogicalDestination;
        if (deliveryMode == ApicDeliveryMode.LowestPriority)
            address |= RedirectionHint;
        uint data = vector | (uint)deliveryMode << DeliveryModeShift | (isLevelTriggered ? LevelTriggered | Assert : 0);
        return new(address, data);
    }
}
