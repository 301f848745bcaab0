using System;

namespace VmcsGen.Kvm;

// Encrypted guests: AMD SEV and Intel TDX.
public sealed unsafe partial class KvmVm
{
    /// <summary>Carries out a command of AMD SEV.</summary>
    /// <remarks>
    /// KVM follows the addresses in the command and in the structure that it names: the caller vouches for them.
    /// Source: Documentation/virt/kvm/api.rst 4.110 and Documentation/virt/kvm/x86/amd-memory-encryption.rst.
    /// </remarks>
    /// <param name="command">The command; its member error receives the result of the SEV firmware, also when this throws.</param>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_MEMORY_ENCRYPT_OP"/> tells the reasons.</exception>
    [NativeName("KVM_MEMORY_ENCRYPT_OP")]
    public void UnsafeMemoryEncryptOp(ref KvmSevCmd command)
    {
        fixed (KvmSevCmd* pointer = &command)
            Live.Ioctl(KvmIoctl.KVM_MEMORY_ENCRYPT_OP, pointer, command.Id, static id => $"SEV command {id}");
    }

    /// <summary>Carries out a command of Intel TDX on the VM.</summary>
    /// <remarks>
    /// KVM follows the addresses in the command and in the structure that it names: the caller vouches for them. Since Linux 6.16.
    /// Source: Documentation/virt/kvm/api.rst 4.110 and Documentation/virt/kvm/x86/intel-tdx.rst.
    /// </remarks>
    /// <param name="command">The command; its member hw_error receives the status of the TDX module, also when this throws.</param>
    /// <exception cref="KvmException">The kernel refused. ENOTTY: The VM is not an encrypted one.</exception>
    [NativeName("KVM_MEMORY_ENCRYPT_OP")]
    public void UnsafeMemoryEncryptOp(ref KvmTdxCmd command)
    {
        fixed (KvmTdxCmd* pointer = &command)
            Live.Ioctl(KvmIoctl.KVM_MEMORY_ENCRYPT_OP, pointer, command.Id, static id => $"TDX command {id}");
    }

    /// <summary>Pins memory that may hold encrypted guest data (AMD SEV).</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.111.</remarks>
    /// <param name="memory">The memory, all of it.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. ENOTTY: The VM is not an encrypted one. ENOMEM: Pinning exceeds the memory lock limit.
    /// </exception>
    [NativeName("KVM_MEMORY_ENCRYPT_REG_REGION")]
    public void MemoryEncryptRegRegion(GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        EncryptRegion(KvmIoctl.KVM_MEMORY_ENCRYPT_REG_REGION, memory);
    }

    /// <summary>Releases memory that <see cref="MemoryEncryptRegRegion(GuestMemory)"/> pinned.</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.112.</remarks>
    /// <param name="memory">The memory, all of it.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. ENOTTY: The VM is not an encrypted one. EINVAL: The memory is not pinned.
    /// </exception>
    [NativeName("KVM_MEMORY_ENCRYPT_UNREG_REGION")]
    public void MemoryEncryptUnregRegion(GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        EncryptRegion(KvmIoctl.KVM_MEMORY_ENCRYPT_UNREG_REGION, memory);
    }

    private void EncryptRegion(uint request, GuestMemory memory)
    {
        var held = false;
        try
        {
            memory.Mapping.DangerousAddRef(ref held);
            KvmEncRegion region = new() { Addr = (ulong)memory.Mapping.Address, Size = memory.Size };
            Ioctl(request, &region);
        }
        finally
        {
            if (held)
                memory.Mapping.DangerousRelease();
        }
    }
}
