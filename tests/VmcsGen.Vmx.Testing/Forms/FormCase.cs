using System;

namespace VmcsGen.Vmx.Testing;

/// <summary>An instruction with an operand anywhere or in another mode, and how it ends by the SDM.</summary>
/// <param name="Name">The rule.</param>
/// <param name="Stage">What was done before.</param>
/// <param name="Form">The instruction.</param>
/// <param name="Expected">How it ends.</param>
public sealed record FormCase(string Name, VmxStage Stage, Func<VmxRig, VmxInstructionForm> Form, FormOutcome Expected)
{
    /// <summary>Executes it.</summary>
    public FormOutcome Run(VmxRig rig)
    {
        rig.Prepare(Stage);
        return FormOutcome.Of(() => rig.Processor.Execute(Form(rig)));
    }

    public override string ToString() => Name;
}
