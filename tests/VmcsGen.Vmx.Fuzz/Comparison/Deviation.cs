using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Where a machine checks VM entries otherwise than the SDM says.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Sdm">What the SDM says instead, and where.</param>
/// <param name="Change">Makes the machine's findings of the SDM's.</param>
public sealed record Deviation(string Name, string Sdm, Action<DeviatingEntry> Change);
