namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVm
{
    /// <summary>Tells whether the kernel has a kind of device, without creating one.</summary>
    /// <remarks>Announced by KVM_CAP_DEVICE_CTRL. Source: Documentation/virt/kvm/api.rst 4.79.</remarks>
    /// <param name="type">The kind of device.</param>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_CREATE_DEVICE")]
    public bool HasDevice(KvmDeviceType type)
    {
        KvmCreateDevice test = new() { Type = type, Flags = KvmCreateDeviceFlags.Test };
        var result = Live.TryIoctl(KvmIoctl.KVM_CREATE_DEVICE, (nuint)(&test));
        return result switch
        {
            >= 0 => true,
            -(int)Errno.ENODEV => false,
            _ => throw Live.Failure(KvmIoctl.KVM_CREATE_DEVICE, (Errno)(-result), $"device {type}"),
        };
    }
}
