using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>What a machine writes on a VM entry and the SDM does not say.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Fields">The fields that it writes.</param>
/// <param name="Concerns">On which ends of VM entry.</param>
public sealed record EffectDeviation(string Name, IReadOnlyList<VmcsField> Fields, Func<VmEntryOutcome, bool> Concerns);
