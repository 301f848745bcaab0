namespace VmcsGen.Kvm;

/// <summary>What a guest memory consists of.</summary>
internal enum GuestMemoryBacking
{
    /// <summary>Memory of this process alone.</summary>
    Private,

    /// <summary>A memfd that the object made.</summary>
    SharedMemory,

    /// <summary>A file of the caller's.</summary>
    File,
}
