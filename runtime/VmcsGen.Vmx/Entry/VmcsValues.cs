using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Entry;

/// <summary>
/// The fields of a VMCS, each read once and only where the processor has it. A field that is absent reads as 0, which is the value
/// that leaves its feature off.
/// </summary>
internal readonly struct VmcsValues : IVmcsAccess
{
    private readonly Source _source;

    private VmcsValues(Source source) => _source = source;

    internal delegate VmxResult Reader(VmcsField field, out ulong value);

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

    internal static VmcsValues Of(Reader read, VmxCapabilities capabilities, IReadOnlyList<VmcsFieldInfo> ownFields)
    {
        var own = new HashSet<VmcsField>();
        foreach (var info in ownFields)
            own.Add(info.Field);
        return new VmcsValues(new Source(read, capabilities, own));
    }

    private sealed class Source(Reader read, VmxCapabilities capabilities, HashSet<VmcsField> ownFields)
    {
        private readonly Dictionary<VmcsField, ulong?> _values = [];

        internal bool TryGet(VmcsField field, out ulong value)
        {
            if (!_values.TryGetValue(field, out var known))
            {
                var exists = ownFields.Contains(field) || capabilities.Supports(field);
                known = exists && read(field, out var found).IsSuccess ? found : null;
                _values.Add(field, known);
            }
            value = known ?? 0;
            return known is not null;
        }
    }
}
