using System;

namespace VmcsGen.Kvm;

/// <summary>A device of a VM inside the kernel, made by <see cref="KvmVm.CreateDevice"/> and configured by attributes.</summary>
public sealed unsafe partial class KvmDevice : IDisposable
{
    private readonly KvmChildDescriptor _descriptor;
    private volatile bool _disposed;

    internal KvmDevice(KvmChildDescriptor descriptor, KvmDeviceType type)
    {
        _descriptor = descriptor;
        Type = type;
    }

    /// <summary>The kind of device.</summary>
    public KvmDeviceType Type { get; }

    /// <summary>Issues an ioctl that has no method here. The descriptor cannot be closed meanwhile.</summary>
    /// <param name="request">The request number.</param>
    /// <param name="argument">Address of what the kernel reads or writes; the caller vouches for its size.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public int UnsafeIoctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    /// <summary>Issues an ioctl that has no method here and takes a number. The descriptor cannot be closed meanwhile.</summary>
    /// <param name="request">The request number.</param>
    /// <param name="value">The argument; 0 if the ioctl takes none.</param>
    /// <returns>What the kernel returned: zero or a positive number.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public int UnsafeIoctl(uint request, nuint value) => Ioctl(request, value);

    /// <summary>Closes the descriptor. The device itself stays as long as the VM.</summary>
    public void Dispose()
    {
        _disposed = true;
        _descriptor.Dispose();
    }

    internal int Ioctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    internal int Ioctl(uint request, nuint value)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _descriptor.Ioctl(request, value);
    }
}
