namespace VmcsGen.Kvm;

/// <summary>A call to KVM, or one that prepares for it, failed. The message says which, on what, why, and what to do.</summary>
public class KvmException : SystemCallException
{
    internal KvmException(string operation, Errno errno, string? subject = null)
        : this(operation, errno, SystemCallRemedy.For(operation, errno), Describe(operation, errno, subject)) { }

    internal KvmException(string operation, Errno errno, string? remedy, string description)
        : base(operation, errno, remedy, description) { }

    /// <summary>The capability that announces the ioctl, if this KVM does not have it: that is then why the ioctl failed.</summary>
    public KvmCapability? MissingCapability { get; private init; }

    /// <summary>The failure of an ioctl of the built-in specs, or of one that is known by its number alone.</summary>
    internal static KvmException OfIoctl(
        uint request,
        Errno errno,
        string? subject,
        (KvmCapability Capability, string Name)? missing,
        string? reason
    ) =>
        OfIoctl(
            KvmIoctl.NameOf(request) ?? $"ioctl 0x{request:X8}",
            errno,
            subject,
            missing,
            reason ?? KvmIoctl.MeaningOf(request, ErrnoText.NameOf(errno))
        );

    /// <summary>The failure of an ioctl.</summary>
    /// <param name="operation">The kernel's name of the ioctl.</param>
    /// <param name="errno">Why it failed.</param>
    /// <param name="subject">What it was about, if that can be said.</param>
    /// <param name="missing">The capability that announces it, if this KVM lacks it, and the kernel's name of that.</param>
    /// <param name="reason">What the error means for this ioctl, if that is known.</param>
    internal static KvmException OfIoctl(
        string operation,
        Errno errno,
        string? subject,
        (KvmCapability Capability, string Name)? missing,
        string? reason
    )
    {
        var remedy = missing is { Name: var name }
            ? $"This KVM does not have {name}, which announces it: ask with Has before."
            : reason ?? SystemCallRemedy.ForKvmIoctl(errno);
        return new(operation, errno, remedy, Describe(operation, errno, subject)) { MissingCapability = missing?.Capability };
    }
}
