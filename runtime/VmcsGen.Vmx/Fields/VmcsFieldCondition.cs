namespace VmcsGen.Vmx;

/// <summary>A control whose 1-setting makes a VMCS field exist.</summary>
/// <param name="control">The control, as <c>SecondaryProcessorBasedControls.EnableVpid</c>.</param>
/// <param name="word">The VMCS field with the control word; null when no field is known to hold it.</param>
/// <param name="bit">The control in that word, as a mask.</param>
public readonly struct VmcsFieldCondition(string control, VmcsField? word, ulong bit)
{
    /// <summary>The control, as <c>SecondaryProcessorBasedControls.EnableVpid</c>.</summary>
    public string Control { get; } = control;

    /// <summary>The VMCS field with the control word; null when no field is known to hold it.</summary>
    public VmcsField? Word { get; } = word;

    /// <summary>The control in that word, as a mask.</summary>
    public ulong Bit { get; } = bit;

    /// <summary>The control's name.</summary>
    public override string ToString() => Control;
}
