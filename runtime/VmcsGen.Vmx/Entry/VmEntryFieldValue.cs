namespace VmcsGen.Vmx.Entry;

/// <summary>A field with the value that VM entry found in it.</summary>
/// <param name="Field">The field.</param>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Description">The value in words, where the field has a type.</param>
public readonly record struct VmEntryFieldValue(VmcsField Field, string Name, ulong Value, string Description)
{
    /// <summary>As <c>GuestCsAccessRights = 0xA09B (Type=0xB, CodeOrData, …)</c>.</summary>
    public override string ToString()
    {
        var number = $"0x{Value:X}";
        return number == Description ? $"{Name} = {number}" : $"{Name} = {number} ({Description})";
    }
}
