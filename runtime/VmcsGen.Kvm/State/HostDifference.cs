namespace VmcsGen.Kvm;

/// <summary>Something that a guest relies on, and in which the host that it was captured on and another one differ.</summary>
/// <param name="Name">What it is, such as <c>CPUID Avx2</c>.</param>
/// <param name="Then">What it was when the guest was captured.</param>
/// <param name="Now">What it is on the other host.</param>
public readonly record struct HostDifference(string Name, string Then, string Now)
{
    /// <summary>In words.</summary>
    public override string ToString() => $"{Name}: {Then} when it was captured, {Now} here";
}
