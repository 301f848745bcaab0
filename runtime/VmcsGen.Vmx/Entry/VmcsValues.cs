using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Entry;

/// <summary>
/// The fields of a VMCS, read together, as far as the processor has them. A field that is absent reads as 0, which is the value
/// that leaves its feature off.
/// </summary>
internal readonly struct VmcsValues : IVmcsAccess
{
    private readonly IVmcsValueSource _source;

    internal VmcsValues(IVmcsValueSource source) => _source = source;

    /// <inheritdoc/>
    public ulong Read(VmcsField field)
    {
        _source.TryGet(field, out var value);
        return value;
    }

    /// <inheritdoc/>
    public VmxResult TryRead(VmcsField field, out ulong value) =>
        _source.TryGet(field, out value) ? VmxResult.Success : VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent);

    /// <inheritdoc/>
    public void Write(VmcsField field, ulong value) => throw new NotSupportedException("A check writes no field.");

    /// <inheritdoc/>
    public VmxResult TryWrite(VmcsField field, ulong value) => VmxResult.FailValid(VmInstructionError.VmwriteReadOnlyVmcsComponent);

    /// <summary>The fields that there are.</summary>
    internal static VmcsValues Of(IReadOnlyDictionary<VmcsField, ulong> values) => new(new Source(values, null));

    /// <summary>Only some fields are known. The others are asked for.</summary>
    internal static VmcsValues Of(
        IReadOnlyDictionary<VmcsField, ulong> known,
        VmxCapabilities capabilities,
        Action<VmcsField> unknownAsked
    ) =>
        new(
            new Source(
                known,
                field =>
                {
                    // Known not to be there, or not known. What the capabilities lack for that is one more thing to ask for.
                    if (capabilities.Supports(field))
                        unknownAsked(field);
                }
            )
        );

    private sealed class Source(IReadOnlyDictionary<VmcsField, ulong> values, Action<VmcsField>? absentAsked) : IVmcsValueSource
    {
        public bool TryGet(VmcsField field, out ulong value)
        {
            if (values.TryGetValue(field, out value))
                return true;
            absentAsked?.Invoke(field);
            return false;
        }
    }
}
