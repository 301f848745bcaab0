using VmcsGen.Vmx.Fuzz;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>A VMCS on which a known deviation shows.</summary>
/// <param name="Deviation">The deviation.</param>
/// <param name="Model">The CPU model.</param>
/// <param name="Guest">The guest.</param>
/// <param name="Changes">What is changed in its VMCS.</param>
public sealed record DeviationCase(string Deviation, string Model, GuestKind Guest, params FieldChange[] Changes)
{
    public override string ToString() => Deviation;
}
