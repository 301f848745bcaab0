namespace VmcsGen.Kvm;

/// <summary>Why KVM cannot be used here.</summary>
public enum KvmUnavailableReason
{
    /// <summary>The operating system is not Linux.</summary>
    NotLinux,

    /// <summary>The process is not an x86-64 one. KVM exists on other processors, with other structs than those described here.</summary>
    NotX64,

    /// <summary>There is no such device: the kernel module is not loaded, or the processor does not offer virtualization.</summary>
    NoDevice,

    /// <summary>There is no such device in this container; the host may have it.</summary>
    NoDeviceInContainer,

    /// <summary>The device is there, but this user may not open it.</summary>
    NoPermission,

    /// <summary>What was opened is not KVM.</summary>
    NotKvm,

    /// <summary>KVM speaks another version of its interface than 12.</summary>
    WrongApiVersion,

    /// <summary>Opening the device or a first question to it failed in another way; the message has the errno.</summary>
    Failed,
}
