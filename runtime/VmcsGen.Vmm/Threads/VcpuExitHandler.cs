using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// Serves an exit, on the thread of the vCPU. What it throws stops all vCPUs and surfaces in <see cref="VcpuThreads.Ended"/>. It is not
/// called for <see cref="KvmExitReason.Intr"/>.
/// </summary>
/// <param name="vcpu">The vCPU.</param>
/// <param name="exit">Its exit, good until the handler returns.</param>
/// <returns>What is to happen next.</returns>
public delegate VcpuNext VcpuExitHandler(KvmVcpu vcpu, KvmExit exit);
