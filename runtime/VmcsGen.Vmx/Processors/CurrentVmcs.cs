using System;

namespace VmcsGen.Vmx;

/// <summary>The VMCS that is current on a processor, reached by VMREAD and VMWRITE.</summary>
/// <param name="processor">The processor.</param>
public readonly struct CurrentVmcs(IVmxProcessor processor) : IVmcsAccess
{
    private readonly IVmxProcessor _processor = processor;

    internal IVmxProcessor Processor => _processor;

    /// <inheritdoc/>
    public ulong Read(VmcsField field)
    {
        var result = TryRead(field, out var value);
        if (!result.IsSuccess)
            throw new VmxFailException($"VMREAD of {VmcsFields.NameOf(field)}", result);
        return value;
    }

    /// <inheritdoc/>
    public void Write(VmcsField field, ulong value)
    {
        var result = TryWrite(field, value);
        if (!result.IsSuccess)
            throw new VmxFailException($"VMWRITE of 0x{value:X} to {VmcsFields.NameOf(field)}", result);
    }

    /// <inheritdoc/>
    public VmxResult TryRead(VmcsField field, out ulong value) => _processor.Vmread(field, out value);

    /// <inheritdoc/>
    public VmxResult TryWrite(VmcsField field, ulong value) => _processor.Vmwrite(field, value);
}
