namespace VmcsGen.Vmx;

/// <summary>What makes a VMCS field exist: the 1-setting of a control, or a feature that CPUID announces.</summary>
/// <param name="control">The control, as <c>SecondaryProcessorBasedControls.EnableVpid</c>, or the feature, as <c>CPUID.Apx</c>.</param>
/// <param name="word">The VMCS field with the control word; null when no field is known to hold it, and for a feature.</param>
/// <param name="bit">The control in that word, as a mask; 0 for a feature.</param>
public readonly struct VmcsFieldCondition(string control, VmcsField? word, ulong bit)
{
    /// <summary>The control, as <c>SecondaryProcessorBasedControls.EnableVpid</c>, or the feature, as <c>CPUID.Apx</c>.</summary>
    public string Control { get; } = control;

    /// <summary>The VMCS field with the control word; null when no field is known to hold it, and for a feature.</summary>
    public VmcsField? Word { get; } = word;

    /// <summary>The control in that word, as a mask; 0 for a feature.</summary>
    public ulong Bit { get; } = bit;

    /// <summary>The control's name.</summary>
    public override string ToString() => Control;
}
