using System;

namespace VmcsGen.Kvm;

// Interrupt lines and messages in terms of what they are, over the generated ioctls.
public sealed unsafe partial class KvmVm
{
    /// <summary>
    /// Creates local APICs in the kernel and leaves the PICs, the I/O APIC and the PIT to the VMM. Call it before creating vCPUs.
    /// The VMM delivers by <see cref="SignalMsi(MsiMessage, uint?)"/> and by irqfds on lines that lead to messages, and learns the
    /// end of level-triggered interrupts by <see cref="KvmExitReason.IoapicEoi"/>.
    /// </summary>
    /// <remarks>
    /// Enables KVM_CAP_SPLIT_IRQCHIP. KVM finds the vectors whose end it reports by the routes of the lines below
    /// <paramref name="ioapicPins"/>. Source: Documentation/virt/kvm/api.rst 7.5.
    /// </remarks>
    /// <param name="ioapicPins">Pins of the VMM's I/O APIC: as many of the lowest lines are kept for it.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. EEXIST: The VM has interrupt controllers or vCPUs already. EINVAL: This KVM lacks the capability, or the
    /// pins are too many.
    /// </exception>
    [NativeName("KVM_ENABLE_CAP")]
    public void CreateSplitIrqchip(uint ioapicPins = KvmIrqchipLimits.KvmIoapicNumPins) =>
        EnableCap(KvmCapability.SplitIrqchip, ioapicPins);

    /// <summary>Sets the level of an interrupt line. Source: Documentation/virt/kvm/api.rst 4.25.</summary>
    /// <param name="gsi">The line.</param>
    /// <param name="isRaised">Whether it is raised. An edge-triggered interrupt comes of the change to true.</param>
    /// <exception cref="KvmException">The kernel refused. ENXIO: The interrupt controllers are not in the kernel.</exception>
    [NativeName("KVM_IRQ_LINE")]
    public void IrqLine(uint gsi, bool isRaised) => IrqLine(new KvmIrqLevel { Irq = gsi, Level = isRaised ? 1u : 0 });

    /// <summary>Sets the level of an interrupt line and tells what became of it. Announced by KVM_CAP_IRQ_INJECT_STATUS.</summary>
    /// <param name="gsi">The line.</param>
    /// <param name="isRaised">Whether it is raised.</param>
    /// <returns>
    /// The number of vCPUs that got the interrupt; 0 if one that came before is still pending; negative if it was ignored, such as
    /// on a masked pin.
    /// </returns>
    /// <exception cref="KvmException">The kernel refused. ENXIO: The interrupt controllers are not in the kernel.</exception>
    [NativeName("KVM_IRQ_LINE_STATUS")]
    public int IrqLineStatus(uint gsi, bool isRaised)
    {
        KvmIrqLevel level = new() { Irq = gsi, Level = isRaised ? 1u : 0 };
        IrqLineStatus(ref level);
        return level.Status;
    }

    /// <summary>Sends a message-signalled interrupt. Source: Documentation/virt/kvm/api.rst 4.71.</summary>
    /// <param name="message">The message.</param>
    /// <param name="deviceId">The sending device, where KVM_CAP_MSI_DEVID wants it; x86 needs none.</param>
    /// <returns>False if no vCPU took it: the destination does not exist, its local APIC is off, or it is pending already.</returns>
    /// <exception cref="KvmException">The kernel refused. EINVAL: There are no local APICs in the kernel.</exception>
    [NativeName("KVM_SIGNAL_MSI")]
    public bool SignalMsi(MsiMessage message, uint? deviceId = null) =>
        SignalMsi(
            new KvmMsi
            {
                AddressLo = (uint)message.Address,
                AddressHi = (uint)(message.Address >> 32),
                Data = message.Data,
                Flags = deviceId is null ? 0 : KvmMsiFlags.ValidDevid,
                Devid = deviceId ?? 0,
            }
        ) > 0;

    /// <summary>
    /// Replaces the table that says where each interrupt line leads. May be called while vCPUs run and irqfds are bound.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_IRQ_ROUTING. Source: Documentation/virt/kvm/api.rst 4.52.</remarks>
    /// <param name="routing">The table.</param>
    /// <exception cref="ArgumentException">There are more entries, or higher lines, than this KVM can have.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused. EINVAL: The VM has no controllers in the kernel that an entry leads to, or an entry is wrong.
    /// </exception>
    [NativeName("KVM_SET_GSI_ROUTING")]
    public void SetGsiRouting(GsiRouting routing)
    {
        ArgumentNullException.ThrowIfNull(routing);
        ReadOnlySpan<KvmIrqRoutingEntry> entries = routing.Entries;
        int limit = Check(KvmCapability.IrqRouting);
        if (limit > 0 && entries.Length > limit)
            throw new ArgumentException($"The table has {entries.Length} entries, and this KVM takes {limit} at most.", nameof(routing));
        foreach (ref readonly KvmIrqRoutingEntry entry in entries)
        {
            if (limit > 0 && entry.Gsi >= limit)
            {
                throw new ArgumentException(
                    $"Line {entry.Gsi}, which leads to {GsiRouting.Describe(entry)}, is beyond what this KVM has: 0 to {limit - 1}.",
                    nameof(routing)
                );
            }
        }
        SetGsiRouting(new KvmBuffer<KvmIrqRouting, KvmIrqRoutingEntry>(entries));
    }
}
