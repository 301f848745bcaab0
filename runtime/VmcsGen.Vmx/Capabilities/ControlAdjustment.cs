using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace VmcsGen.Vmx;

/// <summary>A word of controls fitted to a processor, or what stands in the way.</summary>
/// <typeparam name="TControls">The word, such as <see cref="PinBasedControls"/>.</typeparam>
public readonly struct ControlAdjustment<TControls>
    where TControls : unmanaged
{
    private readonly VmxControlWord _word;
    private readonly VmxMsr _msr;
    private readonly ulong _value;
    private readonly ulong _missing;

    internal ControlAdjustment(VmxControlWord word, VmxMsr msr, ulong value, ulong missing)
    {
        _word = word;
        _msr = msr;
        _value = value;
        _missing = missing;
    }

    /// <summary>Whether the processor supports all required controls.</summary>
    public bool IsSupported => _missing == 0;

    /// <summary>The value for the VMCS; without the <see cref="Missing"/> controls, if there are any.</summary>
    public TControls Value => VmxControlWord.Typed<TControls>(_value);

    /// <summary>The required controls that the processor does not support.</summary>
    public TControls Missing => VmxControlWord.Typed<TControls>(_missing);

    /// <summary>The names of the required controls that the processor does not support.</summary>
    public IReadOnlyList<string> MissingNames => _missing == 0 ? [] : _word.NamesOf(_missing);

    /// <summary>The value, if the processor supports all required controls.</summary>
    /// <exception cref="NotSupportedException">It does not; the message names the missing controls.</exception>
    public TControls ThrowIfUnsupported()
    {
        if (_missing != 0)
            Throw();
        return Value;
    }

    /// <summary>The value, or the missing controls, by name.</summary>
    public override string ToString() => IsSupported ? $"{Value}" : $"not supported: {string.Join(", ", MissingNames)}";

    [DoesNotReturn]
    private void Throw() =>
        throw new NotSupportedException(
            $"The {_word.SdmName} of this processor, {VmxMsrNames.Describe(_msr)}, do not include {string.Join(", ", MissingNames)}. "
                + "Make these controls optional, or use a processor that has them."
        );
}
