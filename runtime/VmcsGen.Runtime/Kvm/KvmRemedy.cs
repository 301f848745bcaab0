namespace VmcsGen.Kvm;

/// <summary>What to do about a failed call, where something better than the errno's meaning is known.</summary>
internal static class KvmRemedy
{
    internal static string? For(string operation, Errno errno) => (operation, errno) switch
    {
        ("KVM_CREATE_VM", Errno.EINVAL) =>
            "This host does not offer the machine type. KVM_CAP_VM_TYPES tells which it offers; 0 is always among them.",
        ("KVM_CREATE_VM", Errno.EBUSY) =>
            "Another hypervisor, such as VirtualBox or VMware, holds the processor's virtualization extensions. Stop its VMs.",

        ("KVM_CREATE_VCPU", Errno.EEXIST) =>
            "The VM already has a vCPU with this id, and keeps it until the VM is gone even if the vCPU was disposed of. " +
            "Choose another id.",
        ("KVM_CREATE_VCPU", Errno.EINVAL) =>
            "The id must be less than KvmHost.MaxVcpuId, and the VM cannot have more than KvmHost.MaxVcpus vCPUs.",

        ("KVM_SET_USER_MEMORY_REGION", Errno.EEXIST) =>
            "The range overlaps that of another slot.",
        ("KVM_SET_USER_MEMORY_REGION", Errno.EINVAL) =>
            "The slot number must be less than KVM_CAP_NR_MEMSLOTS, the flags must be known to this host, " +
            "and a slot that exists can be neither resized nor given other memory.",

        ("KVM_CREATE_DEVICE", Errno.ENODEV) =>
            "This host's kernel has no such device.",

        ("KVM_RUN", Errno.EFAULT) =>
            "The guest touched a page of a memory slot that KVM could not reach in this process.",
        ("KVM_RUN", Errno.EINVAL) =>
            "The register state is not valid: look at the sync registers in the run page and at what KVM_SET_SREGS was given.",

        (_, Errno.EINTR) =>
            "Try again.",
        (_, Errno.EIO) when IsIoctl(operation) =>
            "Only the process that created a VM can use it, not one forked from it. If this is that process, KVM found the VM " +
            "broken beyond use; the kernel log says why.",
        (_, Errno.E2BIG) when IsIoctl(operation) =>
            "Give the buffer room for more entries.",
        (_, Errno.ENOTTY) when IsIoctl(operation) =>
            "This host's KVM does not offer the ioctl. Check the capability that announces it.",
        ("mmap", Errno.ENOMEM) =>
            "The limit on address space (ulimit -v) or on mappings (vm.max_map_count) is reached, or the host overcommits no further.",
        (_, Errno.ENOMEM) =>
            "The kernel has no memory for this, or a memory limit of the process's control group is reached.",
        (_, Errno.EMFILE) =>
            "Raise the limit on open files (ulimit -n), or dispose of VMs and vCPUs that are no longer needed.",
        (_, Errno.ENFILE) =>
            "Raise the system's limit on open files (fs.file-max).",
        _ => null,
    };

    private static bool IsIoctl(string operation) => operation.StartsWith("KVM_", System.StringComparison.Ordinal);
}
