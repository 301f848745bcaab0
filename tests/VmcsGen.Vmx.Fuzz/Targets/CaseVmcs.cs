using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>The VMCS of a case, to be read: the guest's with the changed fields over it.</summary>
public readonly struct CaseVmcs(IReadOnlyDictionary<VmcsField, ulong> guest, IReadOnlyDictionary<VmcsField, ulong> changed) : IVmcsAccess
{
    /// <inheritdoc/>
    public ulong Read(VmcsField field)
    {
        TryRead(field, out var value);
        return value;
    }

    /// <inheritdoc/>
    public VmxResult TryRead(VmcsField field, out ulong value) =>
        changed.TryGetValue(field, out value) || guest.TryGetValue(field, out value)
            ? VmxResult.Success
            : VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent);

    /// <inheritdoc/>
    public void Write(VmcsField field, ulong value) => throw new NotSupportedException("A case is only read.");

    /// <inheritdoc/>
    public VmxResult TryWrite(VmcsField field, ulong value) => VmxResult.FailValid(VmInstructionError.VmwriteReadOnlyVmcsComponent);
}
