namespace VmcsGen.Vmx.Software;

/// <summary>
/// The VMCS that is current on a software processor, as its own logic sees it: every field can be read and written, read-only ones
/// and those that the processor does not show to VMREAD too.
/// </summary>
public readonly struct SoftwareVmcs : IVmcsAccess
{
    private readonly VmcsMemory<Vmcs12> _memory;

    internal SoftwareVmcs(VmcsMemory<Vmcs12> memory) => _memory = memory;

    /// <inheritdoc/>
    public ulong Read(VmcsField field)
    {
        var result = TryRead(field, out var value);
        if (!result.IsSuccess)
            throw new VmxException($"Reading {VmcsFields.NameOf(field)}", result);
        return value;
    }

    /// <inheritdoc/>
    public void Write(VmcsField field, ulong value)
    {
        var result = TryWrite(field, value);
        if (!result.IsSuccess)
            throw new VmxException($"Writing {VmcsFields.NameOf(field)}", result);
    }

    /// <inheritdoc/>
    public VmxResult TryRead(VmcsField field, out ulong value) => Result(SoftwareVmcsFormat.TryRead(_memory, field, out value));

    /// <inheritdoc/>
    public VmxResult TryWrite(VmcsField field, ulong value) => Result(SoftwareVmcsFormat.TryWrite(_memory, field, value));

    private static VmxResult Result(bool exists) =>
        exists ? VmxResult.Success : VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent);
}
