using System.Collections;
using System.Collections.Generic;

namespace VmcsGen.Vmx;

/// <summary>MSR values that were written down, as a source to read from. MSRs that are not among them raise #GP.</summary>
/// <example><code>
/// var capabilities = VmxCapabilities.Read(new MsrValues { [VmxMsr.Ia32VmxBasic] = 0x00D81000_0000002B, /* … */ });
/// </code></example>
public sealed class MsrValues : IMsrSource, IEnumerable<KeyValuePair<VmxMsr, ulong>>
{
    private readonly Dictionary<VmxMsr, ulong> _values = [];

    /// <summary>The value of an MSR.</summary>
    /// <param name="msr">The MSR.</param>
    /// <exception cref="KeyNotFoundException">There is no value of this MSR.</exception>
    public ulong this[VmxMsr msr]
    {
        get => _values[msr];
        set => _values[msr] = value;
    }

    /// <summary>Adds the value of an MSR.</summary>
    /// <param name="index">The MSR's index.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="System.ArgumentException">The MSR has a value already.</exception>
    public void Add(uint index, ulong value) => _values.Add((VmxMsr)index, value);

    /// <summary>Takes a value out, as if the MSR did not exist.</summary>
    /// <param name="msr">The MSR.</param>
    /// <returns>Whether there was a value.</returns>
    public bool Remove(VmxMsr msr) => _values.Remove(msr);

    /// <inheritdoc/>
    public bool TryReadMsr(uint index, out ulong value) => _values.TryGetValue((VmxMsr)index, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<VmxMsr, ulong>> GetEnumerator() => _values.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
