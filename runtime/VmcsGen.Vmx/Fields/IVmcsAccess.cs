namespace VmcsGen.Vmx;

/// <summary>
/// A way to reach the fields of one VMCS: an image in memory, or a processor on which it is current. Implementations are
/// small structs, so that <see cref="Vmcs{TAccess}"/> over them costs nothing.
/// </summary>
public interface IVmcsAccess
{
    /// <summary>Reads a field.</summary>
    /// <param name="field">The field's encoding; an odd one reads the high half of a 64-bit field.</param>
    /// <returns>The value, zero-extended.</returns>
    /// <exception cref="VmxFailException">VMREAD fails: the field is not supported, or there is no current VMCS.</exception>
    ulong Read(VmcsField field);

    /// <summary>Writes a field.</summary>
    /// <param name="field">The field's encoding; an odd one writes the high half of a 64-bit field.</param>
    /// <param name="value">The value; bits beyond the field's width are dropped.</param>
    /// <exception cref="VmxFailException">VMWRITE fails: the field is not supported or read-only, or there is no current VMCS.</exception>
    void Write(VmcsField field, ulong value);

    /// <summary>Reads a field and reports failure as VMREAD does.</summary>
    /// <param name="field">The field's encoding.</param>
    /// <param name="value">The value, or zero on failure.</param>
    VmxResult TryRead(VmcsField field, out ulong value);

    /// <summary>Writes a field and reports failure as VMWRITE does.</summary>
    /// <param name="field">The field's encoding.</param>
    /// <param name="value">The value.</param>
    VmxResult TryWrite(VmcsField field, ulong value);
}
