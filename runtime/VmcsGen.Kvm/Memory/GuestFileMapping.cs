namespace VmcsGen.Kvm;

/// <summary>How a file becomes guest memory. Source: mmap(2).</summary>
public enum GuestFileMapping
{
    /// <summary><c>MAP_SHARED</c>: what the guest writes is in the file, and others who map the file see it.</summary>
    Shared = 0x1,

    /// <summary>
    /// <c>MAP_PRIVATE</c>: the guest begins with the file's contents and writes to copies of its pages. The file stays as it is,
    /// and need not be writable. Pages that nobody writes are shared with all who use the file.
    /// </summary>
    CopyOnWrite = 0x2,
}
