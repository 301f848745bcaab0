using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// Tells a VM which VFIO files (groups or devices) serve its guest, so that KVM keeps memory coherent and lets posted interrupts
/// through. The only device of KVM_CREATE_DEVICE on x86, and a VM has one at most.
/// Source: Documentation/virt/kvm/devices/vfio.rst.
/// </summary>
[MustDispose]
public sealed class KvmVfio : IDisposable
{
    private readonly KvmDevice _device;

    internal KvmVfio(KvmDevice device) => _device = device;

    /// <summary>Makes a file known to the VM, which keeps it until it is removed or the VM is gone.</summary>
    /// <param name="file">A VFIO group or device that is open.</param>
    /// <exception cref="KvmException">The kernel refused. EINVAL: The file is not a VFIO file. EEXIST: It is known already.</exception>
    public void Add(SafeHandle file) => Set(KvmVfioFileAttribute.Add, file);

    /// <summary>Makes a file no longer known to the VM.</summary>
    /// <param name="file">A VFIO group or device that was added.</param>
    /// <exception cref="KvmException">The kernel refused. ENOENT: The file is not known to this VM.</exception>
    public void Remove(SafeHandle file) => Set(KvmVfioFileAttribute.Del, file);

    /// <summary>Closes the device. Since Linux 6.2 the VM then forgets its files and can have another device; before, when it is gone.</summary>
    public void Dispose() => _device.Dispose();

    private void Set(KvmVfioFileAttribute attribute, SafeHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            _device.SetDeviceAttr(attribute, file);
        }
        catch (KvmException refusal) when (MeaningOf(refusal.Errno) is { } meaning)
        {
            using var held = new HeldDescriptor(file);
            throw new KvmException(
                refusal.Operation,
                refusal.Errno,
                meaning,
                $"{refusal.Operation} (KVM_DEV_VFIO_FILE_{(attribute == KvmVfioFileAttribute.Add ? "ADD" : "DEL")} of "
                    + $"{TargetOf(held.Number)}) failed: {ErrnoText.Explain(refusal.Errno)}."
            );
        }
    }

    private static string? MeaningOf(Errno errno) =>
        errno switch
        {
            Errno.EINVAL =>
                "It is not a VFIO file. Open /dev/vfio/GROUP or /dev/vfio/devices/vfioN, and give the file before its other uses.",
            Errno.EEXIST => "The VM knows the file already.",
            Errno.ENOENT => "The VM does not know the file. Remove only what was added, before the device is disposed of.",
            _ => null,
        };

    private static string TargetOf(int descriptor)
    {
        string number = descriptor.ToString(CultureInfo.InvariantCulture);
        try
        {
            return $"descriptor {number}, {File.ResolveLinkTarget($"/proc/self/fd/{number}", returnFinalTarget: false)?.FullName}";
        }
        catch (IOException)
        {
            return $"descriptor {number}"; // No /proc here.
        }
    }
}
