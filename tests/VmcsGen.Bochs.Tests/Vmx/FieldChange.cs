namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>Bits of a field that are set after others are cleared.</summary>
/// <param name="Field">The field.</param>
/// <param name="Set">The bits to set.</param>
/// <param name="Clear">The bits to clear.</param>
public readonly record struct FieldChange(VmcsField Field, ulong Set, ulong Clear = 0);
