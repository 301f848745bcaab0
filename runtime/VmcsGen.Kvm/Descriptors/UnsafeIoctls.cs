using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm.Interop;

/// <summary>
/// Ioctls with a typed argument that have no method: what a project's own specs are emitted as. They are called unsafe because
/// nothing can check that the kernel uses just the argument's bytes for that number.
/// </summary>
public static unsafe class UnsafeIoctls
{
    /// <summary>Issues an ioctl whose argument is a struct or a number in memory.</summary>
    /// <typeparam name="TArgument">Type of the argument, laid out as in C.</typeparam>
    /// <param name="descriptor">What the ioctl is called on.</param>
    /// <param name="request">The request number.</param>
    /// <param name="argument">The argument; the kernel may write to it, whatever its C# passing.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public static int UnsafeIoctl<TArgument>(this IKvmDescriptor descriptor, uint request, ref readonly TArgument argument)
        where TArgument : unmanaged
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        fixed (TArgument* pointer = &argument)
            return descriptor.UnsafeIoctl(request, pointer);
    }

    /// <summary>Issues an ioctl whose argument is a struct that ends in an array.</summary>
    /// <typeparam name="THeader">The struct without its entries.</typeparam>
    /// <typeparam name="TEntry">Type of an entry.</typeparam>
    /// <param name="descriptor">What the ioctl is called on.</param>
    /// <param name="request">The request number.</param>
    /// <param name="argument">The argument, whose count must not exceed its capacity.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    /// <exception cref="InvalidOperationException">The header counts more entries than there is room for.</exception>
    public static int UnsafeIoctl<THeader, TEntry>(this IKvmDescriptor descriptor, uint request, KvmBuffer<THeader, TEntry> argument)
        where THeader : unmanaged, IKvmFlexible<TEntry>
        where TEntry : unmanaged
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(argument);
        var result = descriptor.UnsafeIoctl(request, argument.UnsafePointer);
        GC.KeepAlive(argument);
        return result;
    }

    /// <summary>Issues an ioctl of a KVM object, of which more is known than its number, with a struct or a number in memory.</summary>
    /// <typeparam name="TArgument">Type of the argument, laid out as in C.</typeparam>
    /// <param name="descriptor">What the ioctl is called on.</param>
    /// <param name="ioctl">The ioctl.</param>
    /// <param name="argument">The argument; the kernel may write to it, whatever its C# passing.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public static int UnsafeIoctl<TArgument>(this IKvmDescriptor descriptor, IoctlInfo ioctl, ref readonly TArgument argument)
        where TArgument : unmanaged
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        fixed (TArgument* pointer = &argument)
            return descriptor.UnsafeIoctl(ioctl, pointer);
    }

    /// <summary>Issues an ioctl of a KVM object, of which more is known than its number, with a struct that ends in an array.</summary>
    /// <typeparam name="THeader">The struct without its entries.</typeparam>
    /// <typeparam name="TEntry">Type of an entry.</typeparam>
    /// <param name="descriptor">What the ioctl is called on.</param>
    /// <param name="ioctl">The ioctl.</param>
    /// <param name="argument">The argument, whose count must not exceed its capacity.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    /// <exception cref="InvalidOperationException">The header counts more entries than there is room for.</exception>
    public static int UnsafeIoctl<THeader, TEntry>(this IKvmDescriptor descriptor, IoctlInfo ioctl, KvmBuffer<THeader, TEntry> argument)
        where THeader : unmanaged, IKvmFlexible<TEntry>
        where TEntry : unmanaged
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(argument);
        var result = descriptor.UnsafeIoctl(ioctl, argument.UnsafePointer);
        GC.KeepAlive(argument);
        return result;
    }

    /// <summary>Issues an ioctl of any file descriptor. It cannot be closed meanwhile.</summary>
    /// <param name="descriptor">What the ioctl is called on.</param>
    /// <param name="ioctl">The ioctl.</param>
    /// <param name="argument">Address of what the kernel reads or writes; the caller vouches for its size.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="SystemCallException">The ioctl failed.</exception>
    /// <exception cref="ObjectDisposedException">The descriptor was closed.</exception>
    public static int UnsafeIoctl(this SafeHandle descriptor, IoctlInfo ioctl, void* argument) =>
        Issue(descriptor, ioctl, (nuint)argument, subject: null);

    /// <summary>Issues an ioctl of any file descriptor that takes a number. The descriptor cannot be closed meanwhile.</summary>
    /// <param name="descriptor">What the ioctl is called on.</param>
    /// <param name="ioctl">The ioctl.</param>
    /// <param name="value">The argument; 0 if the ioctl takes none.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="SystemCallException">The ioctl failed.</exception>
    /// <exception cref="ObjectDisposedException">The descriptor was closed.</exception>
    public static int UnsafeIoctl(this SafeHandle descriptor, IoctlInfo ioctl, nuint value) =>
        Issue(descriptor, ioctl, value, static (ioctl, value) => ioctl.Describe(value));

    /// <summary>Issues an ioctl of any file descriptor whose argument is a struct or a number in memory.</summary>
    /// <typeparam name="TArgument">Type of the argument, laid out as in C.</typeparam>
    /// <param name="descriptor">What the ioctl is called on.</param>
    /// <param name="ioctl">The ioctl.</param>
    /// <param name="argument">The argument; the kernel may write to it, whatever its C# passing.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="SystemCallException">The ioctl failed.</exception>
    /// <exception cref="ObjectDisposedException">The descriptor was closed.</exception>
    public static int UnsafeIoctl<TArgument>(this SafeHandle descriptor, IoctlInfo ioctl, ref readonly TArgument argument)
        where TArgument : unmanaged
    {
        fixed (TArgument* pointer = &argument)
            return descriptor.UnsafeIoctl(ioctl, pointer);
    }

    /// <summary>Issues an ioctl of any file descriptor whose argument is a struct that ends in an array.</summary>
    /// <typeparam name="THeader">The struct without its entries.</typeparam>
    /// <typeparam name="TEntry">Type of an entry.</typeparam>
    /// <param name="descriptor">What the ioctl is called on.</param>
    /// <param name="ioctl">The ioctl.</param>
    /// <param name="argument">The argument, whose count must not exceed its capacity.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="SystemCallException">The ioctl failed.</exception>
    /// <exception cref="ObjectDisposedException">The descriptor was closed.</exception>
    /// <exception cref="InvalidOperationException">The header counts more entries than there is room for.</exception>
    public static int UnsafeIoctl<THeader, TEntry>(this SafeHandle descriptor, IoctlInfo ioctl, KvmBuffer<THeader, TEntry> argument)
        where THeader : unmanaged, IKvmFlexible<TEntry>
        where TEntry : unmanaged
    {
        ArgumentNullException.ThrowIfNull(argument);
        var result = descriptor.UnsafeIoctl(ioctl, argument.UnsafePointer);
        GC.KeepAlive(argument);
        return result;
    }

    /// <summary>Gives a descriptor that an ioctl has returned to its new owner.</summary>
    /// <typeparam name="THandle">Type of the owner.</typeparam>
    /// <param name="owner">The owner, which was made before the call, so that no descriptor is ever without one.</param>
    /// <param name="descriptor">The descriptor.</param>
    /// <returns>The owner.</returns>
    public static THandle Adopt<THandle>(THandle owner, int descriptor)
        where THandle : SafeHandle
    {
        Marshal.InitHandle(owner, descriptor);
        return owner;
    }

    private static int Issue(SafeHandle descriptor, IoctlInfo ioctl, nuint argument, Func<IoctlInfo, nuint, string?>? subject)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(ioctl);
        using var held = new HeldDescriptor(descriptor);
        var result = Libc.Ioctl(held.Number, ioctl.Request, argument);
        return result >= 0 ? result : throw Failure(ioctl, Libc.LastErrno, subject?.Invoke(ioctl, argument));
    }

    private static SystemCallException Failure(IoctlInfo ioctl, Errno errno, string? subject) =>
        new(
            ioctl.Name,
            errno,
            ioctl.MeaningOf(errno) ?? SystemCallRemedy.ForIoctl(errno, ioctl.Capability),
            SystemCallException.Describe(ioctl.Name, errno, subject)
        );
}
