namespace VmcsGen.Vmm;

/// <summary>What is to happen after an exit.</summary>
public enum VcpuNext
{
    /// <summary>The vCPU goes on.</summary>
    Run,

    /// <summary>All vCPUs stop, and <see cref="VcpuThreads.Ended"/> completes.</summary>
    Stop,
}
