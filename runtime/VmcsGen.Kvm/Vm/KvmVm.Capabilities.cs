using System;

namespace VmcsGen.Kvm;

// Capabilities that are turned on for the whole VM. None that KVM has on x86 takes an address as argument.
public sealed unsafe partial class KvmVm
{
    /// <summary>Turns on a capability of this VM that is off by default; many only before the first vCPU is created.</summary>
    /// <remarks>Announced by KVM_CAP_ENABLE_CAP_VM. Source: Documentation/virt/kvm/api.rst 4.37.</remarks>
    /// <param name="capability">The capability and its arguments.</param>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_ENABLE_CAP"/> tells the reasons.</exception>
    [NativeName("KVM_ENABLE_CAP")]
    public void EnableCap(in KvmEnableCap capability)
    {
        var copy = capability;
        Live.Ioctl(KvmIoctl.KVM_ENABLE_CAP, &copy, capability.Cap, static capability => capability.ToString());
        if (capability.Cap is KvmCapability.DirtyLogRing or KvmCapability.DirtyLogRingAcqRel)
            _handle.DirtyRingEntries = (int)(copy.Args[0] / (ulong)sizeof(KvmDirtyGfn));
        else if (capability.Cap == KvmCapability.ManualDirtyLogProtect2)
            _handle.KeepsDirtyLog = copy.Args[0] != 0;
    }

    /// <summary>Turns on a capability of this VM that is off by default; many only before the first vCPU is created.</summary>
    /// <remarks>Announced by KVM_CAP_ENABLE_CAP_VM. Source: Documentation/virt/kvm/api.rst 4.37.</remarks>
    /// <param name="capability">The capability.</param>
    /// <param name="arguments">Its arguments, up to 4; their meaning belongs to the capability.</param>
    /// <exception cref="ArgumentException">There are more than 4 arguments.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_ENABLE_CAP"/> tells the reasons.</exception>
    [NativeName("KVM_ENABLE_CAP")]
    public void EnableCap(KvmCapability capability, params ReadOnlySpan<ulong> arguments) =>
        EnableCap(CapabilityWith(capability, arguments));

    internal static KvmEnableCap CapabilityWith(KvmCapability capability, ReadOnlySpan<ulong> arguments)
    {
        KvmEnableCap enable = new() { Cap = capability };
        Span<ulong> room = enable.Args;
        if (arguments.Length > room.Length)
            throw new ArgumentException($"A capability has {room.Length} arguments at most, not {arguments.Length}.", nameof(arguments));
        arguments.CopyTo(room);
        return enable;
    }
}
