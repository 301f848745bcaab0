using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>Looks at an exit before its machine does, on the thread of the vCPU.</summary>
/// <param name="vcpu">The vCPU.</param>
/// <param name="exit">Its exit, good until the filter returns.</param>
/// <returns>True if the exit is served and the vCPU goes on.</returns>
public delegate bool VcpuExitFilter(KvmVcpu vcpu, KvmExit exit);
