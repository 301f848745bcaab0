namespace VmcsGen.Kvm;

/// <summary>
/// Why a system call failed: the errno values of Linux on x86-64 that KVM and the calls around it return. Other values
/// pass through as numbers. Source: include/uapi/asm-generic/errno-base.h and errno.h.
/// </summary>
public enum Errno
{
    /// <summary>Operation not permitted.</summary>
    EPERM = 1,

    /// <summary>No such file, device or object.</summary>
    ENOENT = 2,

    /// <summary>No such thread or process.</summary>
    ESRCH = 3,

    /// <summary>Interrupted by a signal.</summary>
    EINTR = 4,

    /// <summary>Input/output error; from KVM: the VM can no longer be used, or belongs to another process.</summary>
    EIO = 5,

    /// <summary>No such device, attribute or address.</summary>
    ENXIO = 6,

    /// <summary>Too many or too large arguments, or too little room for the answer.</summary>
    E2BIG = 7,

    /// <summary>Not an open file descriptor.</summary>
    EBADF = 9,

    /// <summary>Not now, try again.</summary>
    EAGAIN = 11,

    /// <summary>Out of memory.</summary>
    ENOMEM = 12,

    /// <summary>Permission denied.</summary>
    EACCES = 13,

    /// <summary>Bad address.</summary>
    EFAULT = 14,

    /// <summary>In use.</summary>
    EBUSY = 16,

    /// <summary>Exists already.</summary>
    EEXIST = 17,

    /// <summary>The device does not support this.</summary>
    ENODEV = 19,

    /// <summary>Not a directory.</summary>
    ENOTDIR = 20,

    /// <summary>Is a directory.</summary>
    EISDIR = 21,

    /// <summary>Invalid argument.</summary>
    EINVAL = 22,

    /// <summary>The system has too many open files.</summary>
    ENFILE = 23,

    /// <summary>The process has too many open files.</summary>
    EMFILE = 24,

    /// <summary>The descriptor does not know this ioctl.</summary>
    ENOTTY = 25,

    /// <summary>No space left.</summary>
    ENOSPC = 28,

    /// <summary>Illegal seek.</summary>
    ESPIPE = 29,

    /// <summary>Read-only.</summary>
    EROFS = 30,

    /// <summary>Out of range.</summary>
    ERANGE = 34,

    /// <summary>System call not implemented.</summary>
    ENOSYS = 38,

    /// <summary>Value too large for its type.</summary>
    EOVERFLOW = 75,

    /// <summary>Not supported.</summary>
    EOPNOTSUPP = 95,

    /// <summary>Timed out.</summary>
    ETIMEDOUT = 110,

    /// <summary>Memory with an uncorrectable hardware error.</summary>
    EHWPOISON = 133,
}
