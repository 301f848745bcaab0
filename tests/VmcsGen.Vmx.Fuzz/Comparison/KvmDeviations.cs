using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>
/// Where KVM's emulation of VMX checks VM entries otherwise than the SDM says, each seen in cases. In the lab it runs on Bochs, and what
/// KVM leaves to the processor deviates as Bochs does.
/// </summary>
public static class KvmDeviations
{
    /// <summary>All of them. What one changes the next ones see.</summary>
    public static IReadOnlyList<Deviation> All { get; } = [.. BochsDeviations.All];
}
