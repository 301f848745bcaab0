namespace VmcsGen.Kvm.Interop;

/// <summary>A KVM object that takes ioctls: the host, a VM, a vCPU or a device.</summary>
public unsafe interface IKvmDescriptor
{
    /// <summary>Issues an ioctl that has no method here. The descriptor cannot be closed meanwhile.</summary>
    /// <param name="request">The request number.</param>
    /// <param name="argument">Address of what the kernel reads or writes; the caller vouches for its size.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    int UnsafeIoctl(uint request, void* argument);

    /// <summary>Issues an ioctl that has no method here and takes a number. The descriptor cannot be closed meanwhile.</summary>
    /// <param name="request">The request number.</param>
    /// <param name="value">The argument; 0 if the ioctl takes none.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    int UnsafeIoctl(uint request, nuint value);

    /// <summary>Issues an ioctl of which more is known than its number. The descriptor cannot be closed meanwhile.</summary>
    /// <param name="ioctl">The ioctl.</param>
    /// <param name="argument">Address of what the kernel reads or writes; the caller vouches for its size.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    int UnsafeIoctl(IoctlInfo ioctl, void* argument);

    /// <summary>Issues an ioctl of which more is known than its number, and that takes a number.</summary>
    /// <param name="ioctl">The ioctl.</param>
    /// <param name="value">The argument; 0 if the ioctl takes none.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    int UnsafeIoctl(IoctlInfo ioctl, nuint value);
}
