namespace VmcsGen.Vmx;

/// <summary>The allowed settings of a word of controls, without its type: 64 bits for every word.</summary>
/// <param name="Msr">The MSR that reports them.</param>
/// <param name="Allowed0">Bits that must be 1.</param>
/// <param name="Allowed1">Bits that may be 1.</param>
internal readonly record struct VmxControlRange(VmxMsr Msr, ulong Allowed0, ulong Allowed1);
