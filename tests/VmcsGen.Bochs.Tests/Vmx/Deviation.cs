using VmcsGen.Vmx.Testing;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>A case that ends otherwise on Bochs than the SDM says.</summary>
/// <param name="Case">The case.</param>
/// <param name="Observed">How it ends on Bochs; null where the emulator gives up.</param>
/// <param name="Known">What is known of it.</param>
internal sealed record Deviation(string Case, VmxOutcome? Observed, BochsDeviation Known);
