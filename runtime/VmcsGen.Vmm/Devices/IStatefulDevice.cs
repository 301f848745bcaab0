using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>A device whose state a snapshot can carry. Save and restore while no vCPU runs.</summary>
public interface IStatefulDevice : IBusDevice
{
    /// <summary>The device's state, in a format of its own.</summary>
    byte[] SaveState();

    /// <summary>Gives the device a state that <see cref="SaveState"/> of another of its kind made.</summary>
    /// <param name="state">The state.</param>
    /// <exception cref="ArgumentException">It is no state of this kind of device. The device is as it was.</exception>
    void RestoreState(ReadOnlySpan<byte> state);
}
