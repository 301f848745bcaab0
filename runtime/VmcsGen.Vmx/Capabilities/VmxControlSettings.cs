using System;

namespace VmcsGen.Vmx;

/// <summary>The settings that a processor allows of one word of controls (SDM 3D A.3 to A.5 and A.11).</summary>
/// <typeparam name="TControls">The word, such as <see cref="PinBasedControls"/>.</typeparam>
public readonly struct VmxControlSettings<TControls>
    where TControls : unmanaged
{
    private readonly VmxControlWord _word;
    private readonly VmxControlRange _range;

    internal VmxControlSettings(VmxControlWord word, VmxControlRange range)
    {
        _word = word;
        _range = range;
    }

    /// <summary>The MSR that reports the settings.</summary>
    public VmxMsr Msr => _range.Msr;

    /// <summary>The allowed 0-settings: controls that are 1 here, some of them reserved, must be 1.</summary>
    public TControls Allowed0 => VmxControlWord.Typed<TControls>(_range.Allowed0);

    /// <summary>The allowed 1-settings: controls that are 0 here must be 0. All are 0 if the processor does not have the word.</summary>
    public TControls Allowed1 => VmxControlWord.Typed<TControls>(_range.Allowed1);

    /// <summary>Whether the processor has the word at all: the secondary and tertiary ones came later.</summary>
    public bool Exists => _range.Allowed1 != 0;

    /// <summary>Whether all of some controls may be 1.</summary>
    /// <param name="controls">The controls, as set bits.</param>
    public bool CanBeOne(TControls controls) => (VmxControlWord.Raw(controls) & ~_range.Allowed1) == 0;

    /// <summary>Whether all of some controls may be 0.</summary>
    /// <param name="controls">The controls, as set bits.</param>
    public bool CanBeZero(TControls controls) => (VmxControlWord.Raw(controls) & _range.Allowed0) == 0;

    /// <summary>Whether VM entry accepts a value of the word, as far as its single bits go.</summary>
    /// <param name="value">The value.</param>
    public bool Allows(TControls value) => VmxControlWord.Raw(Violations(value)) == 0;

    /// <summary>The bits of a value that this processor does not allow: set ones that must be 0, and clear ones that must be 1.</summary>
    /// <param name="value">The value.</param>
    public TControls Violations(TControls value)
    {
        var raw = VmxControlWord.Raw(value);
        return VmxControlWord.Typed<TControls>((raw & ~_range.Allowed1) | (~raw & _range.Allowed0));
    }

    /// <summary>
    /// Makes a value that the processor allows: the required controls, those of the optional ones that it supports, and what must
    /// be 1.
    /// </summary>
    /// <param name="required">Controls that have to be 1.</param>
    /// <param name="optional">Controls that shall be 1 where the processor supports that.</param>
    /// <returns>The value, or the required controls that the processor does not support.</returns>
    public ControlAdjustment<TControls> Adjust(TControls required, TControls optional = default)
    {
        var wanted = VmxControlWord.Raw(required);
        var value = ((wanted | VmxControlWord.Raw(optional)) & _range.Allowed1) | _range.Allowed0;
        return new ControlAdjustment<TControls>(_word, Msr, value, wanted & ~value);
    }

    /// <summary>The controls by what they may be.</summary>
    public override string ToString()
    {
        if (_word is null || !Exists)
            return "not supported";
        var flexible = string.Join(", ", _word.NamesOf(_range.Allowed1 & ~_range.Allowed0));
        var fixedToOne = string.Join(", ", _word.NamesOf(_range.Allowed0));
        return $"0 or 1: {(flexible.Length == 0 ? "none" : flexible)}; 1: {(fixedToOne.Length == 0 ? "none" : fixedToOne)}";
    }
}
