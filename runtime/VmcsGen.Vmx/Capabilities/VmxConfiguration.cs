using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace VmcsGen.Vmx;

/// <summary>
/// All words of controls fitted to a processor, or what stands in the way. Comes from <see cref="VmxCapabilities.Configure"/>.
/// </summary>
public sealed class VmxConfiguration
{
    private readonly List<string> _missing;

    internal VmxConfiguration(VmxControlSet controls, List<string> missing)
    {
        Controls = controls;
        _missing = missing;
    }

    /// <summary>Whether the processor supports all required controls.</summary>
    public bool IsSupported => _missing.Count == 0;

    /// <summary>The values for the VMCS; without the missing controls, if there are any.</summary>
    public VmxControlSet Controls { get; }

    /// <summary>The required controls that the processor does not support, as <c>SecondaryProcessorBasedControls.EnableEpt</c>.</summary>
    public IReadOnlyList<string> MissingNames => _missing;

    /// <summary>The values, if the processor supports all required controls.</summary>
    /// <exception cref="NotSupportedException">It does not; the message names the missing controls.</exception>
    public VmxControlSet ThrowIfUnsupported()
    {
        if (!IsSupported)
            Throw();
        return Controls;
    }

    /// <summary>The values, or the missing controls, by name.</summary>
    public override string ToString() => IsSupported ? Controls.ToString() : $"not supported: {string.Join(", ", _missing)}";

    [DoesNotReturn]
    private void Throw() =>
        throw new NotSupportedException(
            $"This processor does not support {string.Join(", ", _missing)}. Make these controls optional, or use a processor that has them."
        );
}
