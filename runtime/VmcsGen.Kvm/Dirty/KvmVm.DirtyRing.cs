using System;
using System.Numerics;

namespace VmcsGen.Kvm;

// Dirty rings instead of a dirty log: each vCPU tells which pages it writes.
public sealed unsafe partial class KvmVm
{
    /// <summary>
    /// Gives each vCPU that is created from now on a dirty ring, instead of the dirty log. Slots report there if they have the
    /// flag LogDirtyPages.
    /// </summary>
    /// <remarks>
    /// Announced by KVM_CAP_DIRTY_LOG_RING_ACQ_REL, or KVM_CAP_DIRTY_LOG_RING on hosts before Linux 6.1: whichever there is, the
    /// ring is the same on x86-64. Since Linux 5.11. Source: Documentation/virt/kvm/api.rst 7.36.
    /// </remarks>
    /// <param name="entries">
    /// Number of entries: a power of two, of 256 at least, for the ring is whole pages; 1024 where the processor logs pages
    /// itself. Choose many: KVM looks whether a ring is full when the vCPU enters the guest, and what a KVM that emulates many
    /// instructions between two entries writes beyond the ring is lost.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The number is not a power of two, or less than 256, or larger than this host allows.
    /// </exception>
    /// <exception cref="NotSupportedException">This host has no dirty rings.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused. EINVAL: The VM has a vCPU or rings already, or the ring is too small for what this processor holds
    /// back.
    /// </exception>
    public void EnableDirtyRing(int entries)
    {
        KvmCapability capability = Has(KvmCapability.DirtyLogRingAcqRel) ? KvmCapability.DirtyLogRingAcqRel : KvmCapability.DirtyLogRing;
        EnableDirtyRing(entries, capability);
    }

    /// <summary>As <see cref="EnableDirtyRing(int)"/>, by the capability that is given.</summary>
    /// <param name="entries">Number of entries: a power of two, of 256 at least.</param>
    /// <param name="capability">DirtyLogRingAcqRel or DirtyLogRing.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The number is not a power of two, or less than 256, or larger than this host allows; or the capability is another one.
    /// </exception>
    /// <exception cref="NotSupportedException">This host lacks the capability.</exception>
    /// <exception cref="KvmException">The kernel refused; see <see cref="EnableDirtyRing(int)"/>.</exception>
    public void EnableDirtyRing(int entries, KvmCapability capability)
    {
        if (capability is not (KvmCapability.DirtyLogRing or KvmCapability.DirtyLogRingAcqRel))
        {
            throw new ArgumentOutOfRangeException(
                nameof(capability),
                capability,
                $"Dirty rings are enabled by DirtyLogRingAcqRel or DirtyLogRing, not {capability}."
            );
        }

        int mostBytes = Check(capability);
        if (mostBytes <= 0)
            throw new NotSupportedException(
                $"This host's KVM has no dirty rings: it lacks the capability {capability}. Use the dirty log."
            );
        int fewestEntries = GuestMemory.PageSize / sizeof(KvmDirtyGfn);
        int mostEntries = mostBytes / sizeof(KvmDirtyGfn);
        if (entries < fewestEntries || entries > mostEntries || !BitOperations.IsPow2(entries))
        {
            throw new ArgumentOutOfRangeException(
                nameof(entries),
                entries,
                $"A dirty ring has a power of two of entries, from {fewestEntries} to {mostEntries} here."
            );
        }
        EnableCap(capability, (ulong)entries * (ulong)sizeof(KvmDirtyGfn));
    }
}
