using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Where KVM checks VM entries of its guests otherwise than the SDM says.</summary>
/// <param name="Deviation">What it does.</param>
/// <param name="Sdm">What the SDM says, and what comes of the difference.</param>
/// <param name="Rules">The rules that it does not enforce as the SDM says.</param>
public sealed record KvmDeviation(Deviation Deviation, string Sdm, IReadOnlyList<string> Rules);
