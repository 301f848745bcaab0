using System;

namespace VmcsGen.Vmx;

/// <summary>What is known of a VMCS field beyond its encoding.</summary>
/// <param name="field">The field's encoding.</param>
/// <param name="name">C# name of the field's property.</param>
/// <param name="nativeName">The kernel's name of the field, or the SDM's where the kernel has none.</param>
/// <param name="conditions">The controls, any of which makes the field exist; null when it always exists.</param>
/// <param name="describe">Puts a value into words; null when values are plain numbers.</param>
/// <param name="check">What VM entry demands of the field by itself; null when that is nothing.</param>
public readonly struct VmcsFieldInfo(
    VmcsField field,
    string name,
    string? nativeName,
    VmcsFieldCondition[]? conditions,
    Func<ulong, string>? describe = null,
    VmcsFieldCheck? check = null
)
{
    /// <summary>The field's encoding.</summary>
    public VmcsField Field { get; } = field;

    /// <summary>C# name of the field's property.</summary>
    public string Name { get; } = name;

    /// <summary>The kernel's name of the field, or the SDM's where the kernel has none.</summary>
    public string? NativeName { get; } = nativeName;

    /// <summary>The control bits, any of which makes the field exist; null when it always exists.</summary>
    public string? ExistsWhen => conditions is null ? null : string.Join(" or ", conditions);

    /// <summary>The controls, any of which makes the field exist; none when it always exists.</summary>
    public ReadOnlySpan<VmcsFieldCondition> Conditions => conditions;

    /// <summary>What VM entry demands of the field by itself; null when that is nothing, or depends on other fields.</summary>
    public VmcsFieldCheck? Check { get; } = check;

    /// <summary>A value of this field in words: the set bits of a control word, the name of an enum's value, or a number.</summary>
    /// <param name="value">A value of the field.</param>
    public string Describe(ulong value) => describe is null ? $"0x{value:X}" : describe(value);
}
