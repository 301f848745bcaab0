using System;

namespace VmcsGen.Vmm;

/// <summary>
/// A time in which neither the processors of a <see cref="PcMachine"/> run nor its event loop serves devices: registers, memory and devices
/// belong together, and no request is half done. The machine goes on when this is disposed of; several may overlap.
/// </summary>
[MustDispose]
public sealed class PcPause : IDisposable
{
    private readonly VcpuPause _vcpus;
    private readonly EventLoopPause _loop;

    internal PcPause(VcpuPause vcpus, EventLoopPause loop)
    {
        _vcpus = vcpus;
        _loop = loop;
    }

    /// <summary>Lets the machine go on. Calling it again does nothing.</summary>
    public void Dispose()
    {
        _loop.Dispose();
        _vcpus.Dispose();
    }
}
