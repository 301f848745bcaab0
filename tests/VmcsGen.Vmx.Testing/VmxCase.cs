using System;

namespace VmcsGen.Vmx.Testing;

/// <summary>An instruction in a situation, and how it ends by the SDM.</summary>
/// <param name="Name">The rule.</param>
/// <param name="Section">Where the SDM says so.</param>
/// <param name="Stage">What was done before.</param>
/// <param name="Act">Does it.</param>
/// <param name="Expected">How it ends; may depend on the processor's capabilities.</param>
public sealed record VmxCase(
    string Name,
    string Section,
    VmxStage Stage,
    Func<VmxRig, VmxOutcome> Act,
    Func<VmxCapabilities, VmxOutcome> Expected
)
{
    public VmxCase(string name, string section, VmxStage stage, Func<VmxRig, VmxOutcome> act, VmxOutcome expected)
        : this(name, section, stage, act, _ => expected) { }

    public override string ToString() => Name;
}
