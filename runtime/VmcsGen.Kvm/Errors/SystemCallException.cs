using System;

namespace VmcsGen.Kvm;

/// <summary>
/// A call to the Linux kernel failed. The message says which, on what, why, and what to do. What has to do with KVM is a
/// <see cref="KvmException"/>; ioctls of other descriptors, which a project's own specs describe, fail with this.
/// </summary>
public class SystemCallException : Exception
{
    internal SystemCallException(string operation, Errno errno, string? remedy, string description)
        : base(remedy is null ? description : $"{description} {remedy}")
    {
        Operation = operation;
        Errno = errno;
        Remedy = remedy;
    }

    /// <summary>
    /// What failed: the kernel's name of the ioctl, such as <c>KVM_CREATE_VCPU</c>, or <c>open /dev/kvm</c> or <c>mmap</c>.
    /// </summary>
    public string Operation { get; }

    /// <summary>Why it failed.</summary>
    public Errno Errno { get; }

    /// <summary>The kernel's name of the error, such as <c>EINVAL</c>; <c>errno 71</c> for one that has no name here.</summary>
    public string ErrnoName => ErrnoText.NameOf(Errno);

    /// <summary>What the error means for this call and what to do, or null if no more than the errno is known.</summary>
    public string? Remedy { get; }

    internal static string Describe(string operation, Errno errno, string? subject)
    {
        var about = subject is null ? "" : $" ({subject})";
        return $"{operation}{about} failed: {ErrnoText.Explain(errno)}.";
    }
}
