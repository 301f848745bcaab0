using System;
using VmcsGen.Vmx.Software;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>An instruction in a situation, and how it ends by the SDM.</summary>
/// <param name="Rule">The rule, in the order in which the instruction checks it.</param>
/// <param name="Prepare">The situation.</param>
/// <param name="Act">The instruction.</param>
/// <param name="Expected">The result; null for a fault.</param>
/// <param name="Fault">The fault, if any.</param>
public sealed record InstructionCase(
    string Rule,
    Action<SoftwareSituation> Prepare,
    Func<SoftwareVmx, VmxResult> Act,
    VmxResult? Expected,
    ExceptionVector? Fault = null
)
{
    public override string ToString() => Rule;
}
