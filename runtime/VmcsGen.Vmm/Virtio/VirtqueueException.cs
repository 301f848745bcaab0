using System;

namespace VmcsGen.Vmm;

/// <summary>A guest's queue breaks the rules of virtio. Its device stops, and tells the guest that it needs a reset.</summary>
public sealed class VirtqueueException : Exception
{
    /// <summary>Says what is wrong.</summary>
    /// <param name="problem">What is wrong, as a sentence.</param>
    public VirtqueueException(string problem)
        : base(problem) { }
}
