namespace VmcsGen.Kvm;

/// <summary>What to do about an errno, whatever the call was. What it means for one ioctl is in that ioctl's spec.</summary>
internal static class SystemCallRemedy
{
    /// <summary>For an ioctl of KVM's.</summary>
    internal static string? ForKvmIoctl(Errno errno) =>
        errno switch
        {
            Errno.EIO =>
                "A VM belongs to the process that created it, and one forked from it, or given the descriptor, cannot use it: create "
                    + "a VM in the process that is to run it. If this is that process, KVM found the VM broken beyond use; the kernel log says why.",
            Errno.E2BIG => "Give the buffer room for more entries.",
            Errno.ENOTTY => "This host's KVM does not offer the ioctl. Check the capability that announces it.",
            _ => For("ioctl", errno),
        };

    /// <summary>For an ioctl of another descriptor.</summary>
    /// <param name="errno">Why it failed.</param>
    /// <param name="announcement">What announces the ioctl, if its spec says that.</param>
    internal static string? ForIoctl(Errno errno, string? announcement) =>
        errno == Errno.ENOTTY
            ? "The descriptor is not one that the ioctl is for, or this kernel does not offer it"
                + (announcement is null ? "." : $": {announcement} announces it.")
            : For("ioctl", errno);

    /// <summary>For a call that is no ioctl.</summary>
    internal static string? For(string operation, Errno errno) =>
        (operation, errno) switch
        {
            (_, Errno.EINTR) => "Try again.",
            ("mmap", Errno.ENOMEM) =>
                "The limit on address space (ulimit -v) or on mappings (vm.max_map_count) is reached, or the host overcommits no further.",
            ("mmap", Errno.EACCES) => "Open the file for reading, and for writing too if it is to be shared.",
            ("mmap", Errno.ENODEV) => "The file is not of a kind that can be mapped.",
            ("madvise", Errno.EINVAL) => "The host's kernel was built without this.",
            (_, Errno.ENOMEM) => "The kernel has no memory for this, or a memory limit of the process's control group is reached.",
            (_, Errno.EMFILE) => "Raise the limit on open files (ulimit -n), or dispose of VMs and vCPUs that are no longer needed.",
            (_, Errno.ENFILE) => "Raise the system's limit on open files (fs.file-max).",
            _ => null,
        };
}
