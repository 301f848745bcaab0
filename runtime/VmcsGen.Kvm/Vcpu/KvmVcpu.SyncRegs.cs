namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVcpu
{
    /// <summary>
    /// The registers in the run page: those that an exit stored there, and those that the next Run is to load. Reading them
    /// costs no ioctl. Source: Documentation/virt/kvm/api.rst 6.74.
    /// </summary>
    /// <exception cref="KvmException">KVM could not be asked what it supports.</exception>
    public KvmVcpuSyncRegs SyncRegs => field ??= new KvmVcpuSyncRegs(this, (KvmSyncRegsFlags)Live.CheckVm(KvmCapability.SyncRegs));
}
