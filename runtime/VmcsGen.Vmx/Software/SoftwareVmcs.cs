namespace VmcsGen.Vmx.Software;

/// <summary>
/// The VMCS that is current on a software processor, as its own logic sees it: every field can be read and written, read-only ones
/// and those that the processor does not show to VMREAD too.
/// </summary>
public readonly struct SoftwareVmcs : IVmcsAccess
{
    private readonly SoftwareVmcsCache _cache;

    internal SoftwareVmcs(SoftwareVmcsCache cache) => _cache = cache;

    /// <inheritdoc/>
    public ulong Read(VmcsField field)
    {
        var result = TryRead(field, out var value);
        if (!result.IsSuccess)
            throw new VmxFailException($"Reading {VmcsFields.NameOf(field)}", result);
        return value;
    }

    /// <inheritdoc/>
    public void Write(VmcsField field, ulong value)
    {
        var result = TryWrite(field, value);
        if (!result.IsSuccess)
            throw new VmxFailException($"Writing {VmcsFields.NameOf(field)}", result);
    }

    /// <inheritdoc/>
    public VmxResult TryRead(VmcsField field, out ulong value) => Result(_cache.TryRead(field, out value));

    /// <inheritdoc/>
    public VmxResult TryWrite(VmcsField field, ulong value) => Result(_cache.TryWrite(field, value));

    private static VmxResult Result(bool exists) =>
        exists ? VmxResult.Success : VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent);
}
