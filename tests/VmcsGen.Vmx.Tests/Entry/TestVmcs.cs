using System.Collections.Generic;

namespace VmcsGen.Vmx.Tests;

/// <summary>A VMCS that has every field, so that features without a place in any layout can be tested too. Copies share it.</summary>
internal readonly struct TestVmcs : IVmcsAccess
{
    private readonly Dictionary<VmcsField, ulong> _values = [];

    public TestVmcs() { }

    /// <summary>The fields that were read so far.</summary>
    public HashSet<VmcsField> Reads { get; } = [];

    public ulong Read(VmcsField field)
    {
        Reads.Add(field);
        return _values.GetValueOrDefault(field);
    }

    public void Write(VmcsField field, ulong value) => _values[field] = value;

    public VmxResult TryRead(VmcsField field, out ulong value)
    {
        value = Read(field);
        return VmxResult.Success;
    }

    public VmxResult TryWrite(VmcsField field, ulong value)
    {
        Write(field, value);
        return VmxResult.Success;
    }
}
