using System;

namespace VmcsGen.Vmm;

/// <summary>A vCPU cannot go on.</summary>
public sealed class VcpuException : Exception
{
    /// <summary>Says which vCPU cannot go on, and why.</summary>
    /// <param name="vcpuId">The vCPU's id.</param>
    /// <param name="problem">Why.</param>
    public VcpuException(int vcpuId, string problem)
        : base($"vCPU {vcpuId} cannot go on. {problem}") => VcpuId = vcpuId;

    /// <summary>The vCPU's id.</summary>
    public int VcpuId { get; }
}
