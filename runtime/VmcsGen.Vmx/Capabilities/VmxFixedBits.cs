namespace VmcsGen.Vmx;

/// <summary>
/// The bits of CR0 or CR4 that have fixed values in VMX operation (SDM 3D A.7 and A.8). PE and PG of an unrestricted guest are
/// exempt.
/// </summary>
/// <param name="fixed0">Value of the FIXED0 MSR.</param>
/// <param name="fixed1">Value of the FIXED1 MSR.</param>
public readonly struct VmxFixedBits(ulong fixed0, ulong fixed1)
{
    /// <summary>The FIXED0 MSR: bits that are 1 here must be 1.</summary>
    public ulong Fixed0 { get; } = fixed0;

    /// <summary>The FIXED1 MSR: bits that are 0 here must be 0.</summary>
    public ulong Fixed1 { get; } = fixed1;

    /// <summary>Whether the register may have a value.</summary>
    /// <param name="value">The value.</param>
    public bool Allows(ulong value) => Adjust(value) == value;

    /// <summary>The closest value that the register may have.</summary>
    /// <param name="value">The value.</param>
    public ulong Adjust(ulong value) => (value & Fixed1) | Fixed0;
}
