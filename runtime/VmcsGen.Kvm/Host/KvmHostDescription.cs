using System;
using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Kvm;

/// <summary>What KVM on a host offers, as it was when it was asked.</summary>
public sealed class KvmHostDescription
{
    internal KvmHostDescription(int apiVersion, int vcpuMmapSize, IReadOnlyList<KvmCapabilityDescription> capabilities)
    {
        ApiVersion = apiVersion;
        VcpuMmapSize = vcpuMmapSize;
        Capabilities = capabilities;
    }

    /// <summary>The version of the KVM interface.</summary>
    public int ApiVersion { get; }

    /// <summary>Size in bytes of what a vCPU shares with the process.</summary>
    public int VcpuMmapSize { get; }

    /// <summary>All capabilities that this library knows, by number; those that the host lacks have the value 0.</summary>
    public IReadOnlyList<KvmCapabilityDescription> Capabilities { get; }

    /// <summary>A line for each capability that the host has, for people to read and for reports of errors.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append("KVM interface ").Append(ApiVersion).Append(", ").Append(VcpuMmapSize).Append(" bytes shared with each vCPU");
        foreach (var capability in Capabilities)
        {
            if (capability.Value != 0)
                text.Append(Environment.NewLine).Append(capability);
        }
        return text.ToString();
    }
}
