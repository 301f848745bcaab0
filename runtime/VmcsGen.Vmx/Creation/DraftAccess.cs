using System;

namespace VmcsGen.Vmx.Creation;

/// <summary>Writes into a <see cref="VmcsDraft"/> by typed properties.</summary>
/// <param name="draft">The draft.</param>
internal readonly struct DraftAccess(VmcsDraft draft) : IVmcsAccess
{
    private readonly VmcsDraft _draft = draft;

    public void Write(VmcsField field, ulong value) => _draft.Write(field, value);

    public VmxResult TryWrite(VmcsField field, ulong value)
    {
        _draft.Write(field, value);
        return VmxResult.Success;
    }

    public ulong Read(VmcsField field) => throw new NotSupportedException("What is created is not read.");

    public VmxResult TryRead(VmcsField field, out ulong value) => throw new NotSupportedException("What is created is not read.");
}
