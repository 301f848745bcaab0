using System;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Where a machine checks VM entries otherwise than the SDM says.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Change">Makes the machine's findings of the SDM's.</param>
public sealed record Deviation(string Name, Action<DeviatingEntry> Change);
