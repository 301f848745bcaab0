namespace VmcsGen.Kvm;

/// <summary>How a file becomes guest memory. Source: mmap(2).</summary>
public enum GuestFileMapping
{
    /// <summary>Guest and file are one: what the guest writes is in the file, and others who map the file see it.</summary>
    [NativeName("MAP_SHARED")]
    Shared = 0x1,

    /// <summary>
    /// The guest begins with the file's contents and writes to copies of its pages: the file stays as it is, and need not be
    /// writable. Pages that nobody writes are shared with all who use the file.
    /// </summary>
    [NativeName("MAP_PRIVATE")]
    CopyOnWrite = 0x2,
}
