namespace VmcsGen.Vmx;

/// <summary>What VM entry demands of a VMCS field, where that can be said without other fields. The checker reads it as data.</summary>
/// <param name="form">The form of the value.</param>
/// <param name="zeroBits">Bits that must be 0.</param>
/// <param name="controlField">The control field with the bit under which the check applies.</param>
/// <param name="controlBit">That bit as a mask; 0 if the check always applies.</param>
/// <param name="source">Where the check is described.</param>
public readonly struct VmcsFieldCheck(VmcsValueForm form, ulong zeroBits, VmcsField controlField, ulong controlBit, string? source)
{
    /// <summary>The form of the value.</summary>
    public VmcsValueForm Form { get; } = form;

    /// <summary>Bits that must be 0.</summary>
    public ulong ZeroBits { get; } = zeroBits;

    /// <summary>The control field with the bit under which the check applies.</summary>
    public VmcsField ControlField { get; } = controlField;

    /// <summary>The bit of <see cref="ControlField"/> that must be 1 for the check to apply; 0 if it always applies.</summary>
    public ulong ControlBit { get; } = controlBit;

    /// <summary>Where the check is described, such as <c>SDM 3C 27.2.1.1</c>.</summary>
    public string? Source { get; } = source;
}
