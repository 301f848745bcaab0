using System;
using System.Diagnostics.CodeAnalysis;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// KVM on this machine: an open <c>/dev/kvm</c>. It answers questions about the host and creates VMs. It may be disposed of
/// while its VMs live. All members may be used from several threads.
/// </summary>
[MustDispose]
public sealed unsafe partial class KvmHost : IKvmDescriptor, IDisposable
{
    /// <summary>The device that KVM offers.</summary>
    public const string DefaultPath = "/dev/kvm";

    /// <summary>The only version of the KVM interface there is to speak. Source: Documentation/virt/kvm/api.rst 4.1.</summary>
    public const int SupportedApiVersion = 12;

    private readonly KvmDescriptor _descriptor;
    private volatile bool _disposed;

    private KvmHost(KvmDescriptor descriptor, int apiVersion, int vcpuMmapSize)
    {
        _descriptor = descriptor;
        ApiVersion = apiVersion;
        VcpuMmapSize = vcpuMmapSize;
    }

    /// <summary>The version of the KVM interface; always <see cref="SupportedApiVersion"/>, or the host would not have opened.</summary>
    public int ApiVersion { get; }

    /// <summary>
    /// Size in bytes of what a vCPU shares with this process: <c>kvm_run</c>, the port I/O data page and the coalesced MMIO
    /// ring. Source: Documentation/virt/kvm/api.rst 4.5.
    /// </summary>
    [NativeName("KVM_GET_VCPU_MMAP_SIZE")]
    public int VcpuMmapSize { get; }

    /// <summary>How many vCPUs a VM should have at most (<c>KVM_CAP_NR_VCPUS</c>). Source: Documentation/virt/kvm/api.rst 4.7.</summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public int RecommendedVcpus => Check(KvmCapability.NrVcpus) is > 0 and int count ? count : 4;

    /// <summary>How many vCPUs a VM can have (<c>KVM_CAP_MAX_VCPUS</c>). Source: Documentation/virt/kvm/api.rst 4.7.</summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public int MaxVcpus => Check(KvmCapability.MaxVcpus) is > 0 and int count ? count : RecommendedVcpus;

    /// <summary>
    /// The bound of vCPU ids: an id must be less (<c>KVM_CAP_MAX_VCPU_ID</c>). Ids need not be consecutive.
    /// Source: Documentation/virt/kvm/api.rst 4.7.
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public int MaxVcpuId => Check(KvmCapability.MaxVcpuId) is > 0 and int bound ? bound : MaxVcpus;

    /// <summary>Opens KVM.</summary>
    /// <param name="path">The device, if it is not where it usually is.</param>
    /// <exception cref="KvmException">The device cannot be opened or does not answer; the message has the remedy.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not Linux on x86-64, or its KVM speaks another version.</exception>
    public static KvmHost Open(string path = DefaultPath)
    {
        if (TryOpen(path, out var host, out var unavailable))
            return host;
        throw unavailable.Errno is { } errno
            ? new KvmException($"open {path}", errno, unavailable.Remedy, unavailable.Message)
            : new PlatformNotSupportedException(unavailable.ToString());
    }

    /// <summary>Opens <c>/dev/kvm</c>, or tells why it cannot.</summary>
    /// <param name="host">The open host, if the result is true.</param>
    /// <param name="unavailable">The reason and the remedy, if the result is false.</param>
    public static bool TryOpen([NotNullWhen(true)] out KvmHost? host, [NotNullWhen(false)] out KvmUnavailable? unavailable) =>
        TryOpen(DefaultPath, out host, out unavailable);

    /// <summary>Opens KVM at a path, or tells why it cannot.</summary>
    /// <param name="path">The device.</param>
    /// <param name="host">The open host, if the result is true.</param>
    /// <param name="unavailable">The reason and the remedy, if the result is false.</param>
    public static bool TryOpen(string path, [NotNullWhen(true)] out KvmHost? host, [NotNullWhen(false)] out KvmUnavailable? unavailable)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FailurePath.Prepare();
        host = null;
        unavailable = KvmAvailability.OfPlatform();
        if (unavailable is not null)
            return false;

        var descriptor = new KvmDescriptor();
        var opened = Libc.Open(path, Libc.O_RDWR | Libc.O_CLOEXEC);
        if (opened < 0)
        {
            unavailable = KvmAvailability.OfOpen(path, Libc.LastErrno);
            return false;
        }
        descriptor.Adopt(opened);

        var version = descriptor.TryIoctl(KvmIoctl.KVM_GET_API_VERSION, 0);
        var mmapSize = version == SupportedApiVersion ? descriptor.TryIoctl(KvmIoctl.KVM_GET_VCPU_MMAP_SIZE, 0) : 0;
        unavailable = KvmAvailability.OfAnswers(path, version, mmapSize);
        if (unavailable is not null)
        {
            descriptor.Dispose();
            return false;
        }
        host = new KvmHost(descriptor, version, mmapSize);
        return true;
    }

    /// <summary>Tells whether <c>/dev/kvm</c> can be used: null if so, else the reason and the remedy.</summary>
    public static KvmUnavailable? Probe()
    {
        if (!TryOpen(out var host, out var unavailable))
            return unavailable;
        host.Dispose();
        return null;
    }

    /// <summary>
    /// Asks for a capability: 0 if it is absent, else 1 or a number whose meaning belongs to the capability.
    /// Source: Documentation/virt/kvm/api.rst 4.4.
    /// </summary>
    /// <param name="capability">The capability; values this library does not know may be given too.</param>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [NativeName("KVM_CHECK_EXTENSION")]
    public int Check(KvmCapability capability) => Ioctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)capability);

    /// <summary>Tells whether the host has a capability.</summary>
    /// <param name="capability">The capability.</param>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public bool Has(KvmCapability capability) => Check(capability) > 0;

    /// <summary>Creates a VM without memory and without vCPUs. Source: Documentation/virt/kvm/api.rst 4.2.</summary>
    /// <param name="machineType">The kind of VM; 0 is the ordinary one. <c>KVM_CAP_VM_TYPES</c> has a bit for each that is offered.</param>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [NativeName("KVM_CREATE_VM")]
    public KvmVm CreateVm(uint machineType = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var vm = new KvmVmHandle();
        try
        {
            var descriptor = _descriptor.TryOpeningIoctl(KvmIoctl.KVM_CREATE_VM, machineType);
            if (descriptor < 0)
                throw _descriptor.Failure(KvmIoctl.KVM_CREATE_VM, (Errno)(-descriptor), $"machine type {machineType}");
            vm.Adopt(descriptor);
            return new KvmVm(vm, VcpuMmapSize);
        }
        catch
        {
            vm.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int UnsafeIoctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    /// <inheritdoc/>
    public int UnsafeIoctl(uint request, nuint value) => Ioctl(request, value);

    /// <inheritdoc/>
    public int UnsafeIoctl(IoctlInfo ioctl, void* argument) => Live.Ioctl(ioctl, (nuint)argument, subject: null);

    /// <inheritdoc/>
    public int UnsafeIoctl(IoctlInfo ioctl, nuint value) => Live.Ioctl(ioctl, value, static (ioctl, value) => ioctl.Describe(value));

    /// <summary>Closes the descriptor. VMs that were created go on.</summary>
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
