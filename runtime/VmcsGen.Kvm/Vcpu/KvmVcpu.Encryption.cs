namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVcpu
{
    /// <summary>Carries out a command of Intel TDX on the vCPU.</summary>
    /// <remarks>
    /// KVM follows the addresses in the command and in the structure that it names: the caller vouches for them. Since Linux 6.16.
    /// Source: Documentation/virt/kvm/api.rst 4.110 and Documentation/virt/kvm/x86/intel-tdx.rst.
    /// </remarks>
    /// <param name="command">The command; its member hw_error receives the status of the TDX module, also when this throws.</param>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_MEMORY_ENCRYPT_OP"/> tells the reasons.</exception>
    [NativeName("KVM_MEMORY_ENCRYPT_OP")]
    public void UnsafeMemoryEncryptOp(ref KvmTdxCmd command)
    {
        fixed (KvmTdxCmd* pointer = &command)
            Live.Ioctl(KvmIoctl.KVM_MEMORY_ENCRYPT_OP, pointer, command.Id, static id => $"TDX command {id}");
    }
}
