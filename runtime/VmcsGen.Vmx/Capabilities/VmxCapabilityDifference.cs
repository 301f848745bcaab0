namespace VmcsGen.Vmx;

/// <summary>Something in which the VMX capabilities of two processors differ.</summary>
/// <param name="Register">The MSR that reports it, or the control register.</param>
/// <param name="Name">The control, capability or bit.</param>
/// <param name="Here">What it is on the first processor.</param>
/// <param name="There">What it is on the other processor.</param>
public readonly record struct VmxCapabilityDifference(string Register, string Name, string Here, string There)
{
    /// <summary>The difference in one line.</summary>
    public override string ToString() => $"{Register}, {Name}: {Here} here, {There} there";
}
