using System;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>A device of a VM inside the kernel, made by <see cref="KvmVm.CreateDevice"/> and configured by attributes.</summary>
[MustDispose]
public sealed unsafe partial class KvmDevice : IKvmDescriptor, IDisposable
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

    /// <inheritdoc/>
    public int UnsafeIoctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    /// <inheritdoc/>
    public int UnsafeIoctl(uint request, nuint value) => Ioctl(request, value);

    /// <inheritdoc/>
    public int UnsafeIoctl(IoctlInfo ioctl, void* argument) => Live.Ioctl(ioctl, (nuint)argument, subject: null);

    /// <inheritdoc/>
    public int UnsafeIoctl(IoctlInfo ioctl, nuint value) => Live.Ioctl(ioctl, value, static (ioctl, value) => ioctl.Describe(value));

    /// <summary>Closes the descriptor. The device goes with it or with the VM, as is the way of its kind.</summary>
    public void Dispose()
    {
        _disposed = true;
        _descriptor.Dispose();
    }

    internal int Ioctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    internal int Ioctl(uint request, nuint value) => Live.Ioctl(request, value);

    /// <summary>The descriptor, unless this object was disposed of.</summary>
    private KvmDescriptor Live
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _descriptor;
        }
    }
}
