using VmcsGen.Vmx;

namespace VmcsGen.Tool.Probing;

/// <summary>Where a processor keeps a field of a VMCS.</summary>
/// <param name="Field">The field.</param>
/// <param name="Offset">Bytes from the start of the region; null if its value was found nowhere.</param>
/// <param name="Transformation">How the value is changed there; null if it is there as VMREAD gives it.</param>
internal sealed record ProbedField(VmcsField Field, int? Offset, string? Transformation);
