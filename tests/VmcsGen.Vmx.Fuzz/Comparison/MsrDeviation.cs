using System;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>An MSR whose WRMSR a machine checks otherwise than the SDM says, so that VM entries load it otherwise (SDM 3C 27.4).</summary>
/// <param name="Name">What it does.</param>
/// <param name="Concerns">Whether it is about an entry of an MSR-load area.</param>
public sealed record MsrDeviation(string Name, Func<MsrAreaEntry, bool> Concerns);
