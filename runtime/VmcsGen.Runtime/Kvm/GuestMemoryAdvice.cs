namespace VmcsGen.Kvm;

/// <summary>What the host's kernel may do with guest memory, for <see cref="GuestMemory.Advise"/>. Source: madvise(2).</summary>
public enum GuestMemoryAdvice
{
    /// <summary>Pages that are equal to others may be merged with them (KSM).</summary>
    [NativeName("MADV_MERGEABLE")]
    Mergeable = 12,

    /// <summary>Ends <see cref="Mergeable"/>.</summary>
    [NativeName("MADV_UNMERGEABLE")]
    NotMergeable = 13,

    /// <summary>Huge pages may be used where they can be had (transparent huge pages).</summary>
    [NativeName("MADV_HUGEPAGE")]
    HugePages = 14,

    /// <summary>No huge pages are to be used.</summary>
    [NativeName("MADV_NOHUGEPAGE")]
    NoHugePages = 15,

    /// <summary>Core dumps of this process leave the memory out.</summary>
    [NativeName("MADV_DONTDUMP")]
    NotDumped = 16,

    /// <summary>Ends <see cref="NotDumped"/>.</summary>
    [NativeName("MADV_DODUMP")]
    Dumped = 17,
}
