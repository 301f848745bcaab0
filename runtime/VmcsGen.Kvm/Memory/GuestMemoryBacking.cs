namespace VmcsGen.Kvm;

/// <summary>What a guest memory consists of.</summary>
internal enum GuestMemoryBacking
{
    /// <summary>Memory of this process alone.</summary>
    Private,

    /// <summary>A memfd that the object made.</summary>
    SharedMemory,

    /// <summary>A file of the caller's, where writes go.</summary>
    File,

    /// <summary>A file of the caller's, and pages of this process where something was written.</summary>
    CopyOfFile,

    /// <summary>What <see cref="GuestMemory.Origin"/> has, and pages of this process where something was written.</summary>
    Saved,
}
