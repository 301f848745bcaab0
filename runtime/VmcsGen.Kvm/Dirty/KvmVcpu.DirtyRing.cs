using System;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVcpu
{
    /// <summary>
    /// Maps the vCPU's dirty ring. It keeps the kernel's side of the vCPU, and so of the VM, until it is disposed of. Map it
    /// once: KVM does not tell a second mapping how far the first has come.
    /// </summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 7.36.</remarks>
    /// <exception cref="InvalidOperationException">
    /// <see cref="KvmVm.EnableDirtyRing(int)"/> was not called before the vCPU was created, or the ring is mapped already.
    /// </exception>
    /// <exception cref="KvmException">The ring could not be mapped.</exception>
    public DirtyRing MapDirtyRing() => Live.MapDirtyRing(Id);
}
