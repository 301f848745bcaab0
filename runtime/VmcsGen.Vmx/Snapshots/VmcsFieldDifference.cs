namespace VmcsGen.Vmx;

/// <summary>A field in which two snapshots of VMCSs differ.</summary>
/// <param name="Info">The field.</param>
/// <param name="Before">Its value in the first; null if that VMCS does not have the field.</param>
/// <param name="After">Its value in the second; null if that VMCS does not have the field.</param>
public readonly record struct VmcsFieldDifference(VmcsFieldInfo Info, ulong? Before, ulong? After)
{
    /// <summary>Name and encoding of the field, and what it was and is.</summary>
    public override string ToString() => $"{Info.Name} (0x{(uint)Info.Field:X4}): {Words(Before)} -> {Words(After)}";

    private string Words(ulong? value) => value is { } present ? Info.Describe(present) : "absent";
}
