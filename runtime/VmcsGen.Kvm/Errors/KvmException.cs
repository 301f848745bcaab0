using System;

namespace VmcsGen.Kvm;

/// <summary>A call to KVM, or one that prepares for it, failed. The message says which, on what, why, and what to do.</summary>
public class KvmException : Exception
{
    internal KvmException(string operation, Errno errno, string? subject = null)
        : this(operation, errno, KvmRemedy.For(operation, errno), Describe(operation, errno, subject)) { }

    internal KvmException(string operation, Errno errno, string? remedy, string description)
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

    /// <summary>The capability that announces the ioctl, if this KVM does not have it: that is then why the ioctl failed.</summary>
    public KvmCapability? MissingCapability { get; private init; }

    internal static KvmException OfIoctl(uint request, Errno errno, string? subject, KvmCapability? missing, string? reason)
    {
        string operation = KvmIoctl.NameOf(request) ?? $"ioctl 0x{request:X8}";
        string? remedy = missing is { } capability
            ? $"This KVM does not have {KvmCapabilityTexts.NativeNameOf(capability)}, which announces it: ask with Has before."
            : reason ?? KvmIoctl.MeaningOf(request, ErrnoText.NameOf(errno)) ?? KvmRemedy.For(operation, errno);
        return new(operation, errno, remedy, Describe(operation, errno, subject)) { MissingCapability = missing };
    }

    internal static string Describe(string operation, Errno errno, string? subject)
    {
        string about = subject is null ? "" : $" ({subject})";
        return $"{operation}{about} failed: {ErrnoText.Explain(errno)}.";
    }
}
