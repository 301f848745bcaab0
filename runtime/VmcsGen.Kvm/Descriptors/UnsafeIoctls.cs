using System;

namespace VmcsGen.Kvm.Interop;

/// <summary>
/// Ioctls by number with a typed argument, for those that have no method: what a project's own specs are emitted as. They are
/// called unsafe because nothing can check that the kernel uses just the argument's bytes for that number.
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
}
