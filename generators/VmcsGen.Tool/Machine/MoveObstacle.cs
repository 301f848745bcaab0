namespace VmcsGen.Tool.Machine;

/// <summary>Something that stands against moving a guest from one machine to another.</summary>
/// <param name="Kind">What it is about: <c>CPUID</c>, <c>KVM</c> or <c>nested VMX</c>.</param>
/// <param name="Name">The feature, capability or register.</param>
/// <param name="Here">What the guest may use where it is.</param>
/// <param name="There">What the other machine has.</param>
/// <param name="Consequence">When it matters, and what to do.</param>
internal sealed record MoveObstacle(string Kind, string Name, string Here, string There, string Consequence);
