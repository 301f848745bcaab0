namespace VmcsGen.Kvm;

/// <summary>The name and the meaning of an errno, as messages spell them.</summary>
internal static class ErrnoText
{
    internal static string NameOf(Errno errno)
    {
        string name = errno.ToString();
        return name.StartsWith('E') ? name : $"errno {name}";
    }

    /// <summary>The name, and the meaning if it is known.</summary>
    internal static string Explain(Errno errno) =>
        MeaningOf(errno) is { } meaning ? $"{NameOf(errno)} ({meaning})" : NameOf(errno);

    private static string? MeaningOf(Errno errno) => errno switch
    {
        Errno.EPERM => "operation not permitted",
        Errno.ENOENT => "no such file, device or object",
        Errno.ESRCH => "no such thread or process",
        Errno.EINTR => "interrupted by a signal",
        Errno.EIO => "input/output error",
        Errno.ENXIO => "no such device, attribute or address",
        Errno.E2BIG => "too long, or too little room for the answer",
        Errno.EBADF => "not an open file descriptor",
        Errno.EAGAIN => "not now, try again",
        Errno.ENOMEM => "out of memory",
        Errno.EACCES => "permission denied",
        Errno.EFAULT => "bad address",
        Errno.EBUSY => "in use",
        Errno.EEXIST => "exists already",
        Errno.ENODEV => "not supported by the device",
        Errno.ENOTDIR => "not a directory",
        Errno.EISDIR => "is a directory",
        Errno.EINVAL => "invalid argument",
        Errno.ENFILE => "too many open files in the system",
        Errno.EMFILE => "too many open files in the process",
        Errno.ENOTTY => "ioctl not known here",
        Errno.ENOSPC => "no space left",
        Errno.ESPIPE => "illegal seek",
        Errno.EROFS => "read-only",
        Errno.ERANGE => "out of range",
        Errno.ENOSYS => "not implemented",
        Errno.EOVERFLOW => "value too large",
        Errno.EOPNOTSUPP => "not supported",
        Errno.ETIMEDOUT => "timed out",
        Errno.EHWPOISON => "memory with a hardware error",
        _ => null,
    };
}
