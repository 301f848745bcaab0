using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmHost
{
    /// <summary>
    /// Asks for every capability that this library knows. A VM may answer differently: <see cref="KvmVm.Check"/> asks it.
    /// Source: Documentation/virt/kvm/api.rst 4.4.
    /// </summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public KvmHostDescription Describe()
    {
        var known = Enum.GetValues<KvmCapability>();
        var capabilities = new List<KvmCapabilityDescription>(known.Length);
        foreach (var capability in known)
            capabilities.Add(new KvmCapabilityDescription(capability, Check(capability)));
        return new KvmHostDescription(ApiVersion, VcpuMmapSize, capabilities);
    }
}
