using System;

namespace VmcsGen.Kvm;

// Writes that need no answer, collected by KVM in a ring that all vCPUs of the VM share.
public sealed unsafe partial class KvmVm
{
    /// <summary>
    /// Collects writes of the guest to a range of physical addresses instead of ending Run for each. <see cref="DeviceBuses"/>
    /// delivers them before the exit that comes after them; so does <see cref="KvmVcpu.DrainCoalesced"/> at any time. Reads of the
    /// range end Run as ever. So does a write that finds the ring full, at 169 writes.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_COALESCED_MMIO. Source: Documentation/virt/kvm/api.rst 4.116.</remarks>
    /// <param name="address">The first guest physical address.</param>
    /// <param name="size">Size in bytes.</param>
    /// <exception cref="ArgumentException">The range overlaps a zone of this VM.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or goes beyond 2^64.</exception>
    /// <exception cref="NotSupportedException">This KVM does not collect writes.</exception>
    /// <exception cref="KvmException">The kernel refused. ENOSPC: The VM has as many zones as it can have.</exception>
    [NativeName("KVM_REGISTER_COALESCED_MMIO")]
    public CoalescedZone CoalesceMmio(ulong address, uint size)
    {
        ArgumentOutOfRangeException.ThrowIfZero(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(address, ulong.MaxValue - size, nameof(address));
        return Coalesce(KvmCapability.CoalescedMmio, address, size, isPort: false);
    }

    /// <summary>
    /// Collects writes of the guest to a range of ports instead of ending Run for each, as <see cref="CoalesceMmio"/> does for
    /// memory addresses.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_COALESCED_PIO. Since Linux 4.20. Source: Documentation/virt/kvm/api.rst 4.116.</remarks>
    /// <param name="port">The first port.</param>
    /// <param name="count">Number of ports.</param>
    /// <exception cref="ArgumentException">The range overlaps a zone of this VM.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or goes beyond the last port.</exception>
    /// <exception cref="NotSupportedException">This KVM does not collect port writes.</exception>
    /// <exception cref="KvmException">The kernel refused. ENOSPC: The VM has as many zones as it can have.</exception>
    [NativeName("KVM_REGISTER_COALESCED_MMIO")]
    public CoalescedZone CoalescePorts(ushort port, uint count)
    {
        ArgumentOutOfRangeException.ThrowIfZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 0x1_0000u - port);
        return Coalesce(KvmCapability.CoalescedPio, port, count, isPort: true);
    }

    private CoalescedZone Coalesce(KvmCapability capability, ulong address, uint size, bool isPort)
    {
        if (!Has(capability))
            throw new NotSupportedException($"This host's KVM lacks the capability {capability}: leave the writes to end Run.");
        return Live.EnsureCoalescedRing().Add(address, size, isPort);
    }
}
