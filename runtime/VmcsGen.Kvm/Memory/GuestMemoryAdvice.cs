using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>What the host's kernel may do with guest memory, for <see cref="GuestMemory.Advise"/>. Source: madvise(2).</summary>
public enum GuestMemoryAdvice
{
    /// <summary><c>MADV_MERGEABLE</c>: pages that are equal to others may be merged with them (KSM).</summary>
    Mergeable = 12,

    /// <summary><c>MADV_UNMERGEABLE</c>: ends <see cref="Mergeable"/>.</summary>
    NotMergeable = 13,

    /// <summary><c>MADV_HUGEPAGE</c>: huge pages may be used where they can be had (transparent huge pages).</summary>
    HugePages = 14,

    /// <summary><c>MADV_NOHUGEPAGE</c>: no huge pages are to be used.</summary>
    NoHugePages = 15,

    /// <summary><c>MADV_DONTDUMP</c>: core dumps of this process leave the memory out.</summary>
    NotDumped = 16,

    /// <summary><c>MADV_DODUMP</c>: ends <see cref="NotDumped"/>.</summary>
    Dumped = 17,
}
