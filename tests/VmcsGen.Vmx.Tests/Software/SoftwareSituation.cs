using VmcsGen.Vmx.Software;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>What was done before the instruction of a case.</summary>
public sealed class SoftwareSituation
{
    internal SoftwareMachine Machine { get; private set; } = new();

    internal SoftwareVmx Processor => Machine.Processor;

    /// <summary>Another processor instead.</summary>
    public void Use(SoftwareVmxProfile profile) => Machine = new SoftwareMachine(profile);

    public void EnterVmxOperation() => Machine.EnterVmxOperation();

    public void LoadVmcs() => Machine.LoadVmcs();

    /// <summary>With a current VMCS whose region has the shadow-VMCS indicator.</summary>
    public void LoadShadow()
    {
        Machine.EnterVmxOperation();
        Machine.WriteRevision(SoftwareMachine.Region, Machine.Processor.Capabilities.Basic.VmcsRevisionIdentifier | 1u << 31);
        Machine.Processor.Vmptrld(SoftwareMachine.Region).ThrowIfFailed("VMPTRLD");
    }
}
